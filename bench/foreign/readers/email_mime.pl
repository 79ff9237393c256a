#!/usr/bin/perl
# Email::MIME, with Email::Address::XS (the parser of Dovecot) for addresses.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Email::MIME;
use Email::Address::XS;
use Encode ();
use MIME::Base64 ();
use Serve;

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

serve(\&ask);
