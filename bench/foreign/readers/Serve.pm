package Serve;

# The protocol of the readers, for those in Perl: see __init__.py.
use strict;
use warnings;
use Exporter 'import';
use JSON::PP;

our @EXPORT = qw(attempt serve);

# $answer->{$name}, unless the parser fails over just this.
sub attempt {
    my ($answer, $name, $get) = @_;
    my $value = eval { $get->() };
    $answer->{$name} = $value if !$@ && defined $value;
    return;
}

# Answer until there is nothing more to read.
sub serve {
    my ($read) = @_;
    my $json = JSON::PP->new->utf8->allow_nonref;
    binmode STDIN;
    binmode STDOUT;
    local $| = 1;
    # Another parser's trouble is something to count, not to print.
    local $SIG{__WARN__} = sub { };
    while (defined(my $head = <STDIN>)) {
        my ($size, $raw) = (int $head, '');
        while ($size > length $raw) {
            last unless read STDIN, $raw, $size - length $raw, length $raw;
        }
        my $answer = eval { $read->($raw) } // { error => substr "$@", 0, 300 };
        print $json->encode($answer), "\n";
    }
    return;
}

1;
