#!/usr/bin/env bash
# A private Postfix on loopback, for tests: a submission service with STARTTLS and sign-in, before a private Dovecot.
#
#   postfix.sh start DIR AUTH=PORT LMTP=PORT CERT=FILE KEY=FILE [WATCH=PID]   start it; prints the port
#   postfix.sh stop  DIR                                                      stop it, by the pid in DIR/queue/pid
#
# Mail for example.org goes by LMTP to the Dovecot, all other mail is accepted and sent back at once, and nothing leaves
# the machine. Addresses that begin with nobody@ are refused for good, those that begin with later@ for now. With WATCH
# it stops and removes DIR when that process is gone, however it ended.
#
# Everything lies below DIR; nothing in /etc/postfix or /var/spool/postfix is written. Postfix needs root, to become the
# users "postfix" and "root" by turns.
set -euo pipefail

die() { echo "postfix.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || { sed -n '2,13p' "$0"; exit 2; }
command=$1 directory=$2
shift 2

PATH="$PATH:/usr/sbin:/usr/local/sbin"

running() { [ -s "$directory/queue/pid/master.pid" ] && kill -0 "$(tr -d ' ' < "$directory/queue/pid/master.pid")" 2> /dev/null; }

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

write_configuration() {
  cat > "$directory/conf/main.cf" <<CONF
compatibility_level = 3.6
queue_directory = $directory/queue
data_directory = $directory/data
maillog_file = $directory/log/mail.log
maillog_file_prefixes = $directory/log
myhostname = mx.example.org
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks =
alias_maps =
alias_database =
local_recipient_maps =
biff = no
append_dot_mydomain = no
virtual_mailbox_domains = example.org
virtual_transport = lmtp:inet:127.0.0.1:$LMTP
default_transport = error:5.7.1 no mail leaves this machine
relay_transport = error:5.7.1 no mail leaves this machine
local_transport = error:5.1.1 nobody lives here
# Two deliveries at once that each make a new mailbox: one of them is put off, and must not be for minutes.
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
transport_retry_time = 1s
message_size_limit = 10240000
smtpd_recipient_limit = 120
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = $CERT
smtpd_tls_key_file = $KEY
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:$AUTH
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access regexp:$directory/conf/recipients, permit_sasl_authenticated, reject
smtpd_reject_unlisted_recipient = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
CONF
  cat > "$directory/conf/recipients" <<'CONF'
/^nobody@/ 550 5.1.1 No such user here
/^later@/ 450 4.2.0 Greylisted, come back
CONF
  # No chroot anywhere; nothing that delivers to files, runs programs or speaks to other machines.
  cat > "$directory/conf/master.cf" <<CONF
127.0.0.1:$PORT inet n  -  n  -      -  smtpd
pickup          unix n  -  n  60     1  pickup
cleanup         unix n  -  n  -      0  cleanup
qmgr            unix n  -  n  300    1  qmgr
tlsmgr          unix -  -  n  1000?  1  tlsmgr
rewrite         unix -  -  n  -      -  trivial-rewrite
bounce          unix -  -  n  -      0  bounce
defer           unix -  -  n  -      0  bounce
trace           unix -  -  n  -      0  bounce
verify          unix -  -  n  -      1  verify
flush           unix n  -  n  1000?  0  flush
proxymap        unix -  -  n  -      -  proxymap
showq           unix n  -  n  -      -  showq
error           unix -  -  n  -      -  error
retry           unix -  -  n  -      -  error
lmtp            unix -  -  n  -      -  lmtp
anvil           unix -  -  n  -      1  anvil
scache          unix -  -  n  -      1  scache
postlog    unix-dgram n -  n  -      1  postlogd
CONF
}

start() {
  AUTH='' LMTP='' CERT='' KEY='' WATCH=''
  local setting
  for setting in "$@"; do
    case $setting in
      AUTH=* | LMTP=* | CERT=* | KEY=* | WATCH=*) printf -v "${setting%%=*}" '%s' "${setting#*=}" ;;
      *) die "unknown setting $setting" ;;
    esac
  done
  [ -n "$AUTH" ] && [ -n "$LMTP" ] && [ -n "$CERT" ] && [ -n "$KEY" ] || die "AUTH, LMTP, CERT and KEY are needed"
  mkdir -p "$directory"/{conf,queue,data,log}
  directory=$(cd "$directory" && pwd)
  running && die "already running"
  local attempt round up
  for round in $(seq 1 10); do
    PORT=$(free_port)
    write_configuration
    chmod 755 "$directory"
    chown postfix "$directory/data"
    up=''
    # The daemons must not keep our caller's pipes.
    if postfix -c "$directory/conf" start < /dev/null > "$directory/log/start.log" 2>&1; then
      for attempt in $(seq 1 600); do
        if running && (exec 3<> "/dev/tcp/127.0.0.1/$PORT") 2> /dev/null; then
          up=yes
          break
        fi
        # It says who it is a little after it was started; later it has ended.
        [ "$attempt" -lt 50 ] || running || break
        sleep 0.1
      done
    fi
    [ -z "$up" ] || break
    # A port that was free may be another's by now: with another it is tried again.
    if [ "$round" = 10 ] || ! grep -qs 'already in use' "$directory/log/start.log" "$directory/log/mail.log"; then
      cat "$directory/log/start.log" "$directory/log/mail.log" >&2
      die "did not come up"
    fi
    stop
    : > "$directory/log/mail.log"
  done
  if [ -n "$WATCH" ]; then watch_over "$WATCH" < /dev/null > /dev/null 2>&1 & fi
  echo "$PORT"
}

watch_over() {  # a test run that was killed stops nothing itself
  trap '' HUP INT
  while running; do
    if ! kill -0 "$1" 2> /dev/null; then
      stop
      rm -rf "$directory"
      return
    fi
    sleep 2
  done
}

stop() {
  [ -d "$directory" ] || die "no $directory"
  directory=$(cd "$directory" && pwd)
  running || return 0
  # The pid may be another's by now: Postfix itself looks at the lock beside it before it ends anything.
  postfix -c "$directory/conf" stop > /dev/null 2>&1 || postfix -c "$directory/conf" abort > /dev/null 2>&1 || true
  local attempt
  for attempt in $(seq 1 600); do
    running || return 0
    sleep 0.05
  done
  die "did not stop"
}

case $command in
  start) start "$@" ;;
  stop) stop ;;
  *) die "unknown command $command" ;;
esac
