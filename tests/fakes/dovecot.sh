#!/usr/bin/env bash
# A private Dovecot 2.3 on loopback, for tests and benchmarks.
#
#   dovecot.sh start DIR [KEY=VALUE ...]   start it; writes DIR/env and prints it
#   dovecot.sh stop  DIR                   stop it, by the pid in DIR/run/master.pid
#   dovecot.sh adm   DIR ARGUMENTS...      doveadm against this instance
#   dovecot.sh token DIR USER [SECONDS]    an access token for USER; negative seconds make an expired one
#
# Any user name signs in, with PASSWORD. Ports are free ones. Settings:
#   FORMAT=mdbox|sdbox|maildir   PASSWORD=secret   MAXCONN=50
#   RELAY_PORT=10025   where the submission service relays to
#   CAPS="..."         replaces the IMAP CAPABILITY words after sign-in, e.g. "IMAP4rev1 IDLE"
#   SYNC=never         mail_fsync; "optimized" for benchmarks
#   WATCH=PID          stop and remove DIR when that process is gone, however it ended
#   EXTRA="..."        lines appended to the configuration
#
# Everything lies below DIR (at most 70 characters: unix sockets); nothing in /etc/dovecot or /var is read or written.
# Started by root, Dovecot runs as the user RUNAS (dovecot), because it refuses to open mail as root.
set -euo pipefail

die() { echo "dovecot.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || { sed -n '2,23p' "$0"; exit 2; }
command=$1 directory=$2
shift 2

PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin"

as_user=()
choose_user() {
  if [ "$(id -u)" = 0 ]; then
    run_user=${RUNAS:-dovecot}
    as_user=(setpriv --reuid="$(id -u "$run_user")" --regid="$(id -g "$run_user")" --clear-groups)
  else
    run_user=$(id -un)
  fi
  run_uid=$(id -u "$run_user") run_gid=$(id -g "$run_user") run_group=$(id -gn "$run_user")
}

free_ports() {
  python3 - "$1" <<'PY'
import socket, sys
socks = [socket.socket() for _ in range(int(sys.argv[1]))]
for sock in socks:
    sock.bind(("127.0.0.1", 0))
print(*(sock.getsockname()[1] for sock in socks))
PY
}

alive() { [ -s "$directory/run/master.pid" ] && kill -0 "$(cat "$directory/run/master.pid")" 2> /dev/null; }

make_certificate() {
  [ -s "$directory/conf/cert.pem" ] && return
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 \
    -subj /CN=localhost -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' \
    -keyout "$directory/conf/key.pem" -out "$directory/conf/cert.pem" 2> /dev/null
}

make_oauth() {
  mkdir -p "$directory/conf/keys/default/HS256"
  openssl rand 32 | base64 -w0 > "$directory/conf/keys/default/HS256/default"
  cat > "$directory/conf/oauth2.conf" <<CONF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$directory/conf/keys/
username_attribute = sub
CONF
}

write_configuration() {
  cat > "$directory/conf/dovecot.conf" <<CONF
base_dir = $directory/run
state_dir = $directory/state
instance_name = $(basename "$directory")
log_path = $directory/dovecot.log
info_log_path = $directory/dovecot.log
listen = 127.0.0.1
protocols = imap pop3 lmtp submission
default_internal_user = $run_user
default_internal_group = $run_group
default_login_user = $run_user
service anvil {
  chroot =
  # A test with a wrong password must not slow down the others.
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  chroot =
}
service imap {
  process_limit = 256
}
service imap-login {
  chroot =
  service_count = 0
  client_limit = 1000
  process_min_avail = 1
  inet_listener imap {
    port = $IMAP
  }
  inet_listener imaps {
    port = $IMAPS
    ssl = yes
  }
}
service pop3-login {
  chroot =
  service_count = 0
  inet_listener pop3 {
    port = $POP3
  }
  inet_listener pop3s {
    port = $POP3S
    ssl = yes
  }
}
service submission-login {
  chroot =
  service_count = 0
  inet_listener submission {
    port = $SUBMISSION
  }
  inet_listener submissions {
    port = $SUBMISSIONS
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    port = $LMTP
  }
}
# For a Postfix that asks whom it may let in.
service auth {
  inet_listener {
    port = $AUTH
  }
}
ssl = yes
ssl_cert = <$directory/conf/cert.pem
ssl_key = <$directory/conf/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_username_format = %n
auth_failure_delay = 0
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $directory/conf/oauth2.conf
}
passdb {
  driver = static
  args = password=$PASSWORD
}
userdb {
  driver = static
  args = uid=$run_uid gid=$run_gid home=$directory/mail/%n
}
first_valid_uid = 1
first_valid_gid = 1
mail_location = $location
mail_fsync = $SYNC
mail_max_userip_connections = $MAXCONN
mailbox_idle_check_interval = 1s
recipient_delimiter = +
hostname = localhost
postmaster_address = postmaster@localhost
namespace inbox {
  inbox = yes
  mailbox Drafts {
    auto = subscribe
    special_use = \\Drafts
  }
  mailbox Sent {
    auto = subscribe
    special_use = \\Sent
  }
  mailbox Trash {
    auto = subscribe
    special_use = \\Trash
  }
  mailbox Junk {
    auto = subscribe
    special_use = \\Junk
  }
  mailbox Archive {
    auto = subscribe
    special_use = \\Archive
  }
}
protocol imap {
  mail_max_userip_connections = $MAXCONN
  $([ -z "$CAPS" ] || echo "imap_capability = $CAPS")
}
submission_host = localhost
submission_relay_host = 127.0.0.1
submission_relay_port = $RELAY_PORT
submission_relay_trusted = no
submission_relay_ssl = no
$EXTRA
CONF
}

start() {
  FORMAT=mdbox PASSWORD=secret RELAY_PORT=10025 CAPS='' MAXCONN=50 SYNC=never WATCH='' EXTRA=''
  local setting
  for setting in "$@"; do
    case $setting in
      FORMAT=* | PASSWORD=* | RELAY_PORT=* | CAPS=* | MAXCONN=* | SYNC=* | WATCH=* | EXTRA=*)
        printf -v "${setting%%=*}" '%s' "${setting#*=}" ;;
      *) die "unknown setting $setting" ;;
    esac
  done
  case $FORMAT in
    maildir) location="maildir:~/Maildir" ;;
    mdbox | sdbox) location="$FORMAT:~/$FORMAT" ;;
    *) die "unknown FORMAT $FORMAT" ;;
  esac
  mkdir -p "$directory"/{run,state,mail,conf}
  directory=$(cd "$directory" && pwd)
  [ ${#directory} -le 70 ] || die "$directory is too long a path for unix sockets"
  alive && die "already running"
  choose_user
  make_certificate
  make_oauth
  chmod 600 "$directory/conf/key.pem"
  local attempt
  for attempt in $(seq 1 10); do
    read -r IMAP IMAPS POP3 POP3S LMTP SUBMISSION SUBMISSIONS AUTH <<< "$(free_ports 8)"
    write_configuration
    chmod 700 "$directory/mail"
    if [ "$(id -u)" = 0 ]; then chown -R "$run_uid:$run_gid" "$directory"; fi
    # The daemon must not keep our caller's pipes.
    if "${as_user[@]}" dovecot -c "$directory/conf/dovecot.conf" < /dev/null > "$directory/start.log" 2>&1; then break; fi
    # A port that was free may be another's by now: with others it is tried again.
    if [ "$attempt" = 10 ] || ! grep -qs 'already in use' "$directory/start.log" "$directory/dovecot.log"; then
      cat "$directory/start.log" >&2
      die "did not start"
    fi
    rm -f "$directory/dovecot.log"
  done
  for attempt in $(seq 1 600); do
    if (exec 3<> "/dev/tcp/127.0.0.1/$IMAP") 2> /dev/null; then break; fi
    if [ "$attempt" = 600 ]; then
      tail -20 "$directory/dovecot.log" >&2
      die "did not come up"
    fi
    sleep 0.1
  done
  cat > "$directory/env" <<ENV
DOVECOT_IMAP=$IMAP
DOVECOT_IMAPS=$IMAPS
DOVECOT_POP3=$POP3
DOVECOT_POP3S=$POP3S
DOVECOT_LMTP=$LMTP
DOVECOT_SUBMISSION=$SUBMISSION
DOVECOT_SUBMISSIONS=$SUBMISSIONS
DOVECOT_AUTH=$AUTH
DOVECOT_CERT=$directory/conf/cert.pem
DOVECOT_PASSWORD=$PASSWORD
ENV
  if [ -n "$WATCH" ]; then watch_over "$WATCH" < /dev/null > /dev/null 2>&1 & fi
  cat "$directory/env"
}

watch_over() {  # a test run that was killed stops nothing itself
  trap '' HUP INT
  while alive; do
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
  alive || return 0
  local pid children attempt
  pid=$(cat "$directory/run/master.pid")
  # The pid may be another's by now; only a Dovecot is ended.
  ps -o command= -p "$pid" | grep -q dovecot || die "pid $pid is no dovecot"
  children=$(pgrep -P "$pid" || true)
  kill -TERM "$pid"
  for attempt in $(seq 1 600); do
    # Gone, or dead and not yet collected by its parent.
    case $(ps -o stat= -p "$pid" || true) in '' | Z*) return 0 ;; esac
    # Left alone it takes seconds to let go of an empty login process.
    [ "$attempt" != 4 ] || kill -KILL "$pid" $children 2> /dev/null || true
    sleep 0.05
  done
  die "pid $pid did not stop"
}

token() {
  python3 - "$directory/conf/keys/default/HS256/default" "$1" "${2:-3600}" <<'PY'
import base64, hashlib, hmac, json, sys, time

key = base64.b64decode(open(sys.argv[1]).read())
now = int(time.time())


def encoded(octets):
    return base64.urlsafe_b64encode(octets).rstrip(b"=")


head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
claims = encoded(json.dumps({"sub": sys.argv[2], "iat": now - 5, "exp": now + int(sys.argv[3])}).encode())
signature = encoded(hmac.new(key, head + b"." + claims, hashlib.sha256).digest())
print((head + b"." + claims + b"." + signature).decode())
PY
}

case $command in
  start) start "$@" ;;
  stop) stop ;;
  token) token "$@" ;;
  adm)
    directory=$(cd "$directory" && pwd)
    choose_user
    exec "${as_user[@]}" doveadm -c "$directory/conf/dovecot.conf" "$@"
    ;;
  *) die "unknown command $command" ;;
esac
