#!/bin/bash
# Backups of one PostgreSQL database and of the app's files, in a container of its own: on a schedule, and on demand by `docker exec`.
# A backup is ID.dump or ID.dump.enc, two lists of files (uploads.sh), and ID.manifest, which is moved into place last: what has no
# manifest is no backup.
set -Eeuo pipefail
shopt -s inherit_errexit nullglob
umask 022

folder=/var/lib/postgresql/backups
here=/berth
key=/run/secrets/backup-key
export PGPASSFILE=/tmp/.pgpass
scratch=/tmp/scratch.$$
work=/tmp/scratch.uploads.$$

say() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }
newest() { find "$folder" -maxdepth 1 -name '*.manifest' -printf '%f\n' 2>/dev/null | sort | tail -n 1 | cut -d. -f1; }
value() { sed -n "s/^$2=//p" "$folder/$1.manifest"; }
# shellcheck source-path=SCRIPTDIR source=uploads.sh
source "$here/uploads.sh"

# An id is part of file names: nothing but this gets near them.
assert_id() { [[ $1 =~ ^[0-9]{8}T[0-9]{6}Z$ ]] || fail "\"$1\" is no backup's id; like 20261124T031500Z."; }

# Encrypted by a key from the passphrase; each file has a salt of its own. The manifest's signature guards against change. A file
# with another key, that is random and needs no stretching, is named with the number of iterations.
seal() {
  local with=${1:-$key} iterations=${2:-600000}
  if [[ -f $with ]]; then openssl enc -e -aes-256-ctr -pbkdf2 -iter "$iterations" -salt -pass "file:$with"; else cat; fi
}
unseal() {
  local with=${2:-$key} iterations=${3:-600000}
  if [[ $1 != *.enc && $1 != *.enc.partial ]]; then cat "$1"; return; fi
  [[ -f $with ]] || fail "The backup is encrypted and there is no key: set environment.backup.encrypt and BACKUP_KEY."
  openssl enc -d -aes-256-ctr -pbkdf2 -iter "$iterations" -pass "file:$with" -in "$1"
}
sealed_name() { if [[ -f $key ]]; then echo "$1.enc"; else echo "$1"; fi; }

# HMAC-SHA256 of standard input; the key stays off the command line.
signature() {
  # shellcheck disable=SC2016
  perl -MDigest::SHA=hmac_sha256_hex -0777 -e \
    'open my $f, "<", shift or die; my $k = <$f>; $k =~ s/\n\z//; print hmac_sha256_hex(<STDIN>, "berth manifest $k"), "\n"' "$key"
}

# The manifest is there, names no file but its own, and is signed with the key here.
assert_signed() {
  local id=$1 file
  [[ -f $folder/$id.manifest ]] || fail "There is no backup $id; \"list\" shows those there are."
  file=$(value "$id" file)
  [[ $file == "$id".dump?(.enc) && $(value "$id" paths) == ?("$id".paths?(.enc)) ]] ||
    fail "The manifest of $id is damaged: it names files that are not its own."
  if [[ $file == *.enc && -f $key ]]; then
    [[ $(grep -v '^signature=' "$folder/$id.manifest" | signature) == "$(value "$id" signature)" ]] ||
      fail "The manifest of $id is not signed with the key here: it was changed, or made with another BACKUP_KEY."
  fi
}

assert_sum() {
  printf '%s  %s\n' "$(value "$1" "$3")" "$folder/$2" | sha256sum --check --status ||
    fail "The backup $1 is damaged: $2 does not have the checksum that was written down."
}

assert_dump() {
  assert_signed "$1"
  assert_sum "$1" "$(value "$1" file)" sha256
}
assert_whole() {
  assert_dump "$1"
  assert_lists "$1"
}

# The database's part is taken from the last backup, the files' from what is new among them.
assert_space() {
  local last need free
  last=$(newest)
  need=$(($1 * 5 / 4 / 1024))
  if [[ -n $last ]]; then need=$((need + $(value "$last" bytes) * 5 / 4 / 1024 + 64)); fi
  free=$(df --output=avail -k "$folder" | tail -n 1)
  ((free >= need)) ||
    fail "The disk is too full for a backup: $((free)) KiB are free; the last one, what is new among the files, and a quarter take $need KiB."
}

# A server for a moment, with the backup as its only content and a socket as the only way in: the other one notices nothing.
with_scratch_server() {
  mkdir -m 700 "$scratch"
  # shellcheck disable=SC2064
  trap "pg_ctl stop --mode=immediate --pgdata=$scratch/data >/dev/null 2>&1; rm -rf $scratch" EXIT
  initdb --pgdata="$scratch/data" --username=owner --auth=trust --no-sync >/dev/null
  pg_ctl start --wait --pgdata="$scratch/data" --log="$scratch/log" --options="-c listen_addresses='' \
    -c unix_socket_directories=$scratch -c fsync=off -c full_page_writes=off -c shared_buffers=16MB \
    -c max_wal_size=256MB -c autovacuum=off" >/dev/null 9>&- || fail "The server to restore into did not start: $(tail -n 1 "$scratch/log")"
  PGHOST=$scratch PGUSER=owner PGDATABASE=postgres PGSSLMODE=disable "$@"
}

# Restores a file into the scratch server and prints what came out: tables=… rows=… restored=SECONDS.
try_restore() {
  local file=$1 roles=$2 started=$EPOCHREALTIME tables rows expected
  ensure_roles "$roles"
  createdb --template=template0 restored
  unseal "$file" | pg_restore --exit-on-error --no-owner --no-acl --dbname=restored
  # pg_restore stops reading once it has the list, which openssl takes for an error.
  expected=$(unseal "$file" 2>/dev/null | pg_restore --list | grep -c ' TABLE DATA ' || true)
  tables=$(psql -XAtq -d restored -c "select count(*) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
  ((tables >= expected)) || fail "Restored, it has $tables tables where the backup has $expected."
  rows=$(psql -XAtq -d restored -c "select coalesce(sum((xpath('/row/n/text()', query_to_xml(format('select count(*) as n from %I.%I',
    schemaname, tablename), false, true, '')))[1]::text::bigint), 0) from pg_tables where schemaname not in ('pg_catalog', 'information_schema')")
  printf 'tables=%s\nrows=%s\nrestored=%s\n' "$tables" "$rows" "$(elapsed "$started")"
}

# What a dump grants, it grants to roles, and it does not hold them. Their passwords are the release's business.
roles() { psql -XAtqc "select coalesce(string_agg(rolname, ' '), '') from pg_roles
  where rolname ~ '^[a-z][a-z0-9_]*\$' and rolname !~ '^pg_' and not rolsuper"; }
ensure_roles() {
  local role
  for role in $1; do
    [[ $(admin "select count(*) from pg_roles where rolname = '$role'") == 1 ]] || admin "create role $role"
  done
}

elapsed() { perl -e 'printf "%.1f", $ARGV[1] - $ARGV[0]' "$1" "$EPOCHREALTIME"; }

lock() {
  exec 9>"$folder/.lock"
  flock --wait 600 9 || fail "Another backup has been running for ten minutes."
}

# Takes away all that is no part of a backup, which the killed ones left, and the failed.
clean() {
  local left id
  rm -rf "$folder"/*.partial "$folder"/uploads/*.partial "$folder/.incoming" "$work"
  for left in "$folder"/*.dump "$folder"/*.dump.enc "$folder"/*.paths "$folder"/*.paths.enc "$folder"/*.files; do
    id=${left##*/}
    [[ -f $folder/${id%%.*}.manifest ]] || rm -f "$left"
  done
  sweep
}

make() {
  local id file paths known started=$EPOCHREALTIME proof part
  lock
  clean
  trap clean EXIT
  id=$(date -u +%Y%m%dT%H%M%SZ)
  [[ ! -e $folder/$id.manifest ]] || fail "There is a backup $id already: wait a second."
  file=$(sealed_name "$id.dump")
  paths=$(sealed_name "$id.paths")
  begin_uploads
  assert_space "$(total "$work/fresh" 1)"
  pg_dump --format=custom --compress=6 --dbname="$PGDATABASE" | seal >"$folder/$file.partial"
  known=$(roles)
  proof=$( (with_scratch_server try_restore "$folder/$file.partial" "$known"))
  # After the dump: what it speaks of is among the files, but for what was deleted meanwhile.
  store_uploads "$id" "$paths"
  {
    printf 'id=%s\ndatabase=%s\nserver=%s\nfile=%s\n' "$id" "$PGDATABASE" "$(psql -XAtqc 'show server_version')" "$file"
    printf 'roles=%s\n' "$known"
    printf 'bytes=%s\nsha256=%s\n' "$(stat --format=%s "$folder/$file.partial")" "$(sum_of "$folder/$file.partial")"
    printf '%s\n' "$proof"
    describe_uploads "$id" "$paths"
    printf 'seconds=%s\n' "$(elapsed "$started")"
  } >"$folder/$id.manifest.partial"
  if [[ -f $key ]]; then
    printf 'signature=%s\n' "$(signature <"$folder/$id.manifest.partial")" >>"$folder/$id.manifest.partial"
  fi
  sync "$folder/$file.partial" "$folder/$paths.partial" "$folder/$id.files.partial" "$folder/$id.manifest.partial"
  for part in "$file" "$paths" "$id.files" "$id.manifest"; do mv "$folder/$part.partial" "$folder/$part"; done
  sync "$folder"
  echo "$id"
}

# Only after a scheduled backup: one that somebody makes by hand, to restore an older one after it, removes none.
prune() {
  local id part
  lock
  find "$folder" -maxdepth 1 -name '*.manifest' -printf '%f\n' | cut -d. -f1 |
    awk -v days="$KEEP_DAYS" -v weeks="$KEEP_WEEKS" -v months="$KEEP_MONTHS" -f "$here/retention.awk" |
    while read -r id; do for part in manifest dump dump.enc paths paths.enc files; do rm -f "$folder/$id.$part"; done; done
  sweep
}

# In a process of its own, so that whatever fails is written down and what was there stays.
now() {
  local log=/tmp/backup.$$.log id status=0 reason free
  id=$("$here/backup.sh" make 2>"$log") || status=$?
  if ((status == 0)); then
    # The container's health check looks for the last of them.
    rm -f "$folder/failure" "$log" /tmp/failing
    say "backup $id of $PGDATABASE is made and was restored to prove it" >&2
    echo "$id"
    return
  fi
  cat "$log" >&2
  reason=$(grep -i -m 1 'error:' "$log" || tail -n 1 "$log")
  free=$(df --output=avail -k "$folder" | tail -n 1)
  if ((free < 102400)); then reason+=" ($((free)) KiB are free on the disk)"; fi
  # Written in place: on a full disk the few bytes fit into what the failed backup gave back.
  printf '%s %s\n' "$(date -u +%FT%TZ)" "${reason:0:500}" >"$folder/failure" || true
  touch /tmp/failing || true
  say "no backup was made: $reason" >&2
  rm -f "$log"
  return "$status"
}

# Intervals begin at midnight UTC: one that has no backup gets it at once.
schedule() {
  local period=$((EVERY_HOURS * 3600)) clock wait
  trap 'exit 0' TERM INT
  rm -rf /tmp/scratch.* /tmp/backup.*.log
  say "a backup every $EVERY_HOURS h; kept: $KEEP_DAYS days, $KEEP_WEEKS weeks, $KEEP_MONTHS months"
  while true; do
    wait=$period clock=$(date +%s)
    if (($(made "$(newest)") < clock - clock % period)); then
      if now >/dev/null; then
        "$here/backup.sh" prune || say "old backups were not thinned out"
        # The next interval may have begun meanwhile.
        continue
      fi
      wait=900 clock=$(date +%s)
    fi
    sleep $((wait < period - clock % period ? wait : period - clock % period)) &
    wait $!
  done
}

# When a backup was made, in seconds since 1970; 0 where there is none.
made() { if [[ -n $1 ]]; then date -u -d "$(sed -E 's/(....)(..)(..)T(..)(..)(..)Z/\1-\2-\3 \4:\5:\6/' <<<"$1")" +%s; else echo 0; fi; }

list() {
  local manifest
  for manifest in "$folder"/*.manifest; do
    cat "$manifest"
    echo
  done
  if [[ -f $folder/failure ]]; then printf 'failure=%s\n\n' "$(cat "$folder/failure")"; fi
}

# Into a database that is not there yet; one that could not be filled is removed again.
restore() {
  local id=$1 target=$2
  assert_id "$id"
  assert_dump "$id"
  [[ $target =~ ^[a-z][a-z0-9_]{0,62}$ ]] || fail "\"$target\" is no name for a database: lower case letters, digits and _, at most 63."
  ensure_roles "$(value "$id" roles)"
  createdb --template=template0 --owner="$PGUSER" "$target"
  if ! unseal "$folder/$(value "$id" file)" | pg_restore --exit-on-error --dbname="$target"; then
    dropdb --force "$target"
    fail "The backup $id could not be restored; nothing was changed."
  fi
  psql -XAtq -d "$target" -c analyze
}

# Puts a database in the place of the one in use, which is kept under the third name. Sessions are ended for the moment of it.
swap() {
  local target=$1 before=$2 attempt
  # shellcheck disable=SC2064
  trap "admin \"alter database $PGDATABASE allow_connections true\" 2>/dev/null" EXIT
  admin "alter database $PGDATABASE allow_connections false"
  for attempt in 1 2 3 4 5; do
    admin "select pg_terminate_backend(pid) from pg_stat_activity where datname in ('$PGDATABASE', '$target')" >/dev/null
    if admin "begin; alter database $PGDATABASE rename to $before; alter database $target rename to $PGDATABASE; commit" 2>/tmp/swap.log; then
      admin "alter database $before allow_connections true"
      return
    fi
    sleep "$attempt"
  done
  fail "The databases could not be exchanged, and are as they were: $(tail -n 1 /tmp/swap.log)"
}
admin() { psql -XAtq -v ON_ERROR_STOP=1 -d postgres -c "$1"; }

# Proves one backup: whole, decrypted, restored, counted, and each of its files read. Prints when it was made, and how long all of
# it took.
drill() {
  local id=${1:-$(newest)} started=$EPOCHREALTIME
  [[ -n $id ]] || fail "There is no backup to drill with."
  assert_id "$id"
  assert_whole "$id"
  printf 'id=%s\nbytes=%s\n' "$id" "$(value "$id" bytes)"
  (with_scratch_server try_restore "$folder/$(value "$id" file)" "$(value "$id" roles)")
  prove_uploads "$id"
  printf 'seconds=%s\n' "$(elapsed "$started")"
}

# Takes a backup in from a tar on standard input, of what `export` writes. What is not signed, or not what the manifest says, stays out;
# where there is a key, what is in clear, too, unless `unsigned` says that it is known whence it comes.
import() {
  local incoming=$folder/.incoming id part how=${1:-signed}
  lock
  clean
  trap clean EXIT
  mkdir "$incoming"
  tar --extract --directory="$incoming" --no-same-owner
  [[ -z $(find "$incoming" ! -type f ! -type d -print -quit) ]] || fail "That is no backup: there is something in it that is no file."
  # The one who copies them elsewhere is another user.
  chmod -R u=rwX,go=rX "$incoming"
  id=$(folder=$incoming newest)
  assert_id "$id"
  [[ ! -e $folder/$id.manifest ]] || fail "There is a backup $id already."
  (folder=$incoming assert_whole "$id")
  if [[ -f $key && $how != unsigned && $(folder=$incoming value "$id" file) != *.enc ]]; then
    fail "The backup $id is in clear and not signed, and this stack has a BACKUP_KEY: anybody may have changed it. --unsigned takes it in all the same."
  fi
  take_uploads "$id" "$incoming"
  for part in "$incoming/$id".{dump,dump.enc,paths,paths.enc,files,manifest}; do
    if [[ -f $part ]]; then mv "$part" "$folder"; fi
  done
  echo "$id"
}

# Standard output is a tar of all that belongs to it.
export_backup() {
  local id=$1
  assert_id "$id"
  assert_whole "$id"
  {
    printf '%s\n' "$id.manifest" "$(value "$id" file)"
    if has_uploads "$id"; then
      printf '%s\n' "$(value "$id" paths)" "$id.files"
      sed 's,^,uploads/,' "$folder/$id.files"
    fi
  } | tar --create --directory="$folder" --verbatim-files-from --files-from=-
}

# The database as pg_restore takes it, anywhere.
open_backup() {
  assert_id "$1"
  assert_dump "$1"
  unseal "$folder/$(value "$1" file)"
}

mkdir -p "$folder"
printf '*:*:*:*:%s\n' "$(cat /run/secrets/owner-password)" >"$PGPASSFILE.$$"
chmod 600 "$PGPASSFILE.$$"
mv "$PGPASSFILE.$$" "$PGPASSFILE"
trap 'rm -rf "$work"' EXIT
command=${1:-schedule}
shift || true
case $command in
  schedule | now | make | prune | list | restore | swap | drill | import | files) "$command" "$@" ;;
  export) export_backup "$@" ;;
  open) open_backup "$@" ;;
  *) fail "There is no command \"$command\"." ;;
esac
