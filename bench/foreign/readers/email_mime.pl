#!/usr/bin/perl
# Email::MIME, with Email::Address::XS (the parser of Dovecot) for addresses.
use strict;
use warnings;
no warnings;
use Email::MIME;
use Email::Address::XS;
use Encode ();
use JSON::PP;
use MIME::Base64 ();

binmode STDIN;
binmode STDOUT;
$| = 1;
my $json = JSON::PP->new->utf8->allow_nonref;

sub attempt { my ($answer, $name, $get) = @_; my $value = eval { $get->() }; $answer->{$name} = $value if !$@ && defined $value; }

sub leaves {
    my ($part) = @_;
    my @inner = $part->subparts;
    my $type = lc(($part->content_type // 'text/plain') =~ s/;.*//sr);
    return ($type =~ m{^\s*multipart/} && @inner) ? map { leaves($_) } @inner : ($part);
}

sub leaf {
    my ($part) = @_;
    my $parsed = eval { Email::MIME::ContentType::parse_content_type($part->content_type // 'text/plain') } // {};
    my %leaf = (type => lc(($parsed->{type} // $parsed->{discrete} // 'text') . '/' . ($parsed->{subtype} // $parsed->{composite} // 'plain')));
    attempt(\%leaf, 'name', sub { $part->filename // '' });
    attempt(\%leaf, 'octets', sub { MIME::Base64::encode_base64($part->body, '') });
    attempt(\%leaf, 'text', sub { $part->body_str }) if $leaf{type} =~ m{^text/};
    return \%leaf;
}

sub ask {
    my ($raw) = @_;
    my $message = Email::MIME->new($raw);
    my %answer;
    attempt(\%answer, 'subject', sub { $message->header_str('Subject') // '' });
    for my $name (qw(from to cc)) {
        attempt(\%answer, $name, sub {
            my @found;
            for my $value ($message->header_raw($name)) {
                push @found, map { [ Encode::decode('MIME-Header', $_->phrase // $_->comment // ''), $_->address // '' ] }
                    Email::Address::XS->parse($value);
            }
            return \@found;
        });
    }
    attempt(\%answer, 'message-id', sub { ($message->header_raw('Message-ID') // '') =~ /^\s*<?([^<>]*)>?/s ? $1 =~ s/^\s+|\s+$//gr : '' });
    attempt(\%answer, 'references', sub { [ ($message->header_raw('References') // '') =~ /<([^<>\s]+)>/g ] });
    attempt(\%answer, 'leaves', sub { [ map { leaf($_) } leaves($message) ] });
    return \%answer;
}

while (defined(my $head = <STDIN>)) {
    my $size = int $head;
    my $raw = '';
    while ($size > length $raw) { last unless read(STDIN, $raw, $size - length $raw, length $raw); }
    my $answer = eval { ask($raw) } // { error => substr("$@", 0, 300) };
    print $json->encode($answer), "\n";
}
