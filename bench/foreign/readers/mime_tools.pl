#!/usr/bin/perl
# MIME-tools (MIME::Parser), the parser of MIMEDefang, amavisd and Request Tracker, with Mail::Address and Date::Parse.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Date::Parse ();
use Encode ();
use MIME::Base64 ();
use MIME::Parser;
use MIME::WordDecoder;
use Mail::Address;
use Serve;

sub words {
    my ($raw) = @_;
    $raw =~ s/\r?\n(?=[ \t])//g;
    $raw =~ s/[\r\n]+\z//;
    # Raw octets are not its business: as UTF-8 where they are that.
    return mime_to_perl_string($raw) unless $raw =~ /[\x80-\xff]/;
    my $copy = $raw;
    my $text = eval { Encode::decode('UTF-8', $copy, Encode::FB_CROAK) };
    return defined $text && $raw !~ /=\?/ ? $text : undef;
}

sub leaves { my ($part) = @_; return $part->is_multipart && $part->parts ? map { leaves($_) } $part->parts : ($part); }

sub leaf {
    my ($part) = @_;
    my %leaf = (type => lc $part->mime_type);
    attempt(\%leaf, 'name', sub { my $name = $part->head->recommended_filename // ''; utf8::is_utf8($name) ? $name : words($name) });
    my $body = $part->bodyhandle or return \%leaf;
    my $octets = $body->as_string;
    $leaf{octets} = MIME::Base64::encode_base64($octets, '');
    if ($leaf{type} =~ m{^text/}) {
        my $charset = $part->head->mime_attr('content-type.charset') || 'us-ascii';
        my $codec = Encode::find_encoding($charset);
        # ASCII that has eight bits is something nobody can be sure of.
        attempt(\%leaf, 'text', sub { $codec->decode($octets) }) if $codec && ($codec->name ne 'ascii' || $octets !~ /[\x80-\xff]/);
    }
    return \%leaf;
}

sub ask {
    my ($raw) = @_;
    my $parser = MIME::Parser->new;
    $parser->output_to_core(1);
    $parser->tmp_to_core(1);
    $parser->extract_nested_messages(0);
    $parser->decode_headers(0);
    my $message = $parser->parse_data($raw);
    my $head = $message->head;
    my %answer;
    attempt(\%answer, 'subject', sub { words($head->get('Subject', 0) // '') });
    for my $name (qw(from to cc)) {
        attempt(\%answer, $name, sub {
            my @found = map { [ $_->phrase || ($_->comment =~ s/^\((.*)\)$/$1/sr), $_->address ] } map { Mail::Address->parse($_) } $head->get_all($name);
            for my $one (@found) {
                $one->[0] =~ s/^"(.*)"$/$1/s and $one->[0] =~ s/\\(.)/$1/g;
                $one->[0] = words($one->[0]);
                return undef if !defined $one->[0];
            }
            return \@found;
        });
    }
    $answer{date} = undef;
    attempt(\%answer, 'date', sub { my $at = Date::Parse::str2time($head->get('Date', 0) // ''); defined $at ? int $at : undef });
    attempt(\%answer, 'message-id', sub { ($head->get('Message-ID', 0) // '') =~ /^\s*<?([^<>]*)>?/s ? $1 =~ s/^\s+|\s+$//gr : '' });
    attempt(\%answer, 'references', sub { [ ($head->get('References', 0) // '') =~ /<([^<>\s]+)>/g ] });
    attempt(\%answer, 'leaves', sub { [ map { leaf($_) } leaves($message) ] });
    return \%answer;
}

serve(\&ask);
