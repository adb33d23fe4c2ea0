#!/bin/bash
# The app's files as part of a backup; backup.sh takes this in. What they hold is in the folder "uploads", each content once, sealed with
# a random key of this store. A backup has two lists: ID.paths or ID.paths.enc, with that key and "NAME SHA256 BYTES TIME PATH" of each
# file, and ID.files with the names in "uploads" alone, for those who have no key. The sums of both are in the manifest.
# shellcheck disable=SC2154

has_uploads() { [[ -n $(value "$1" paths) ]]; }
sum_of() { sha256sum <"$1" | cut -d' ' -f1; }
total() { awk -v field="$2" '{ sum += $field } END { printf "%.0f", sum }' "$1"; }

assert_lists() {
  has_uploads "$1" || return 0
  assert_sum "$1" "$(value "$1" paths)" pathssha256
  assert_sum "$1" "$1.files" filessha256
}

# What is found in the app's folder: not what is on its way there, and not the hidden, such as mails of a development stack.
media_find() {
  find "$MEDIA_FOLDER" -ignore_readdir_race -mindepth 1 \
    \( -path "$MEDIA_FOLDER/.*" -o -path "$MEDIA_FOLDER/private/incoming" -o -name '*.partial' \) -prune -o "$@"
}

assert_media() {
  local odd
  [[ -d $MEDIA_FOLDER ]] || fail "The app's files are not at $MEDIA_FOLDER: their volume is not mounted."
  odd=$(media_find \( ! -readable -o -name $'*\n*' \) -print -quit)
  [[ -z $odd ]] || fail "${odd@Q} cannot be backed up: the app's group may not read it, or its name has more than one line."
}

# Gives contents their names in the store, in the place of the sum that begins a line. With a key they are digests with that key:
# whoever has only the store cannot try what a file may hold.
as_names() {
  if [[ ! -f $1 ]]; then cat; return; fi
  # shellcheck disable=SC2016
  perl -MDigest::SHA=hmac_sha256_hex -e \
    'open my $f, "<", shift or die; chomp(my $k = <$f>); while (<STDIN>) { s/^(\S+)/hmac_sha256_hex($1, $k) . ".enc"/e; print }' "$1"
}

is_whole() { [[ -f $1 && $(unseal "$1" "$work/key" 1 | sha256sum) == "$2  -" ]]; }

# Opens the list of a backup: its key into $work/key, what it says of files into $work/lines. A path that could lead out of the app's
# folder is none that was written here.
open_lists() {
  rm -rf "$work" && mkdir -m 700 "$work"
  unseal "$folder/$(value "$1" paths)" >"$work/list"
  sed -n 's/^key=//p' "$work/list" >"$work/key"
  [[ -s $work/key ]] || rm "$work/key"
  sed '/^key=/d' "$work/list" >"$work/lines"
  if LC_ALL=C grep --text --quiet --invert-match -E '^[0-9a-f]{64}(\.enc)? [0-9a-f]{64} [0-9]+ -?[0-9]+\.[0-9]+ [^./]' "$work/lines" ||
    LC_ALL=C grep --text --quiet -E '/(\.\.?)?(/|$)' "$work/lines"; then
    fail "The list of files of $1 is damaged, or was not made here: it names what is no file of the app."
  fi
}

# Each content is stored once: what the newest backup has, by path, size and time, is not read again. Its key is taken over; without
# one before, or after another BACKUP_KEY, there is a new key, and everything is stored anew.
begin_uploads() {
  local last
  mkdir -p "$folder/uploads"
  assert_media
  last=$(newest)
  if [[ -n $last && $(value "$last" paths) == "$(sealed_name "$last.paths")" ]] && (assert_signed "$last" && assert_lists "$last") 2>/dev/null; then
    open_lists "$last"
  else
    mkdir -m 700 "$work" && : >"$work/lines"
    if [[ -f $key ]]; then openssl rand -hex 32 >"$work/key"; fi
  fi
  look_for_new
}

# Parts what there is: lines of the last list that still hold, into $work/kept, and "BYTES TIME PATH" of what is new, into $work/fresh.
# Sealed, a content has 16 bytes more; one that has another size was damaged, and is stored again.
look_for_new() {
  : >"$work/kept" && : >"$work/fresh"
  find "$folder/uploads" -type f -printf '%f %s\n' >"$work/stored"
  media_find -type f -printf '%s %T@ %P\n' | LC_ALL=C awk -v work="$work" '
    FILENAME == ARGV[1] { size[$1] = $2; next }
    FILENAME == ARGV[2] {
      if ($1 in size && size[$1] == $3 + ($1 ~ /enc$/ ? 16 : 0)) line[substr($0, length($1 $2) + 3)] = $0
      next
    }
    $0 in line { print line[$0] >(work "/kept"); next }
    { print >(work "/fresh") }' "$work/stored" "$work/lines" -
}

# Leaves the lists of a backup beside their place. A file that the app deletes meanwhile is left out.
store_uploads() {
  local id=$1 paths=$2 line sum
  look_for_new
  : >"$work/added"
  while IFS= read -r line; do
    if sum=$(sum_of "$MEDIA_FOLDER/${line#* * }"); then printf '%s %s %s\n' "$sum" "$sum" "$line"; else assert_gone "${line#* * }"; fi
  done <"$work/fresh" | as_names "$work/key" >"$work/named"
  while IFS= read -r line; do
    if store_content "$line"; then printf '%s\n' "$line" >>"$work/kept"; fi
  done <"$work/named"
  {
    if [[ -f $work/key ]]; then printf 'key=%s\n' "$(cat "$work/key")"; fi
    cat "$work/kept"
  } >"$work/list"
  seal <"$work/list" >"$folder/$paths.partial"
  unseal "$folder/$paths.partial" | cmp --silent - "$work/list" || fail "The list of files could not be read back."
  cut -d' ' -f1 "$work/kept" | LC_ALL=C sort -u >"$folder/$id.files.partial"
  (cd "$folder/uploads" && cut -d' ' -f1 "$work/added" | xargs --no-run-if-empty sync)
}

# Counts only when it was read back.
store_content() {
  local name sum bytes path=${1#* * * * } file
  read -r name sum bytes _ <<<"$1"
  file=$folder/uploads/$name
  if [[ $name == *.enc ]]; then bytes=$((bytes + 16)); fi
  if [[ -f $file && $(stat --format=%s "$file") == "$bytes" ]]; then return; fi
  if ! seal "$work/key" 1 <"$MEDIA_FOLDER/$path" >"$file.partial"; then
    assert_gone "$path"
    return 1
  fi
  is_whole "$file.partial" "$sum" || fail "$path could not be backed up: what was stored is not what was read before. Was it changed?"
  mv "$file.partial" "$file" || fail "$path could not be backed up."
  printf '%s\n' "$1" >>"$work/added" || fail "$path could not be backed up."
}
assert_gone() { [[ ! -e $MEDIA_FOLDER/$1 ]] || fail "$1 could not be backed up."; }

# Lines of the manifest.
describe_uploads() {
  printf 'paths=%s\npathssha256=%s\nfilessha256=%s\n' "$2" "$(sum_of "$folder/$2.partial")" "$(sum_of "$folder/$1.files.partial")"
  printf 'files=%s\nfilebytes=%s\n' "$(wc -l <"$work/kept")" "$(total "$work/kept" 3)"
  printf 'addedfiles=%s\naddedbytes=%s\n' "$(wc -l <"$work/added")" "$(total "$work/added" 3)"
}

# What no list names goes. Whoever calls it has the lock. Where the lists cannot be read, nothing goes.
sweep() {
  local named
  [[ -d $folder/uploads ]] || return 0
  named=$(LC_ALL=C sort -u /dev/null "$folder"/*.files) || return
  find "$folder/uploads" -type f -printf '%f\n' | LC_ALL=C sort | LC_ALL=C comm -13 <(printf '%s\n' "$named") - |
    (cd "$folder/uploads" && xargs --no-run-if-empty rm -f --)
}

# Reads every file of a backup.
prove_uploads() {
  local name sum line damaged=0 first
  has_uploads "$1" || return 0
  open_lists "$1"
  while IFS= read -r line; do
    read -r name sum _ <<<"$line"
    if is_whole "$folder/uploads/$name" "$sum"; then continue; fi
    damaged=$((damaged + 1))
    first=${first-"${line#* * * * }, uploads/$name"}
  done <"$work/lines"
  ((damaged == 0)) || fail "Of the $(wc -l <"$work/lines") files of the backup $1, $damaged are damaged or missing; the first is $first."
  printf 'files=%s\nfilebytes=%s\n' "$(wc -l <"$work/lines")" "$(total "$work/lines" 3)"
}

# Takes in what a backup that was carried here brought along.
take_uploads() {
  local id=$1 incoming=$2 name sum
  (folder=$incoming has_uploads "$id") || return 0
  (folder=$incoming open_lists "$id")
  mkdir -p "$folder/uploads"
  while read -r name sum _; do
    if is_whole "$folder/uploads/$name" "$sum"; then continue; fi
    is_whole "$incoming/uploads/$name" "$sum" || fail "That is not the whole backup $id: uploads/$name is damaged or missing."
    mv "$incoming/uploads/$name" "$folder/uploads/$name"
  done <"$work/lines"
}

# Standard output is a tar of the files that are missing in the app's folder, or have another content there; each was checked before
# it is written. Standard error says how many, and which are damaged in the backup.
files() {
  local id=$1 line name sum bytes at path count=0 sent=0
  assert_id "$id"
  assert_signed "$id"
  assert_lists "$id"
  if has_uploads "$id"; then
    open_lists "$id"
    while IFS= read -r line; do
      read -r name sum bytes at _ <<<"$line"
      path=${line#* * * * }
      if [[ -f $MEDIA_FOLDER/$path && $(stat --format=%s "$MEDIA_FOLDER/$path") == "$bytes" &&
        $(sha256sum <"$MEDIA_FOLDER/$path") == "$sum  -" ]]; then continue; fi
      if ! is_whole "$folder/uploads/$name" "$sum"; then
        printf 'damaged=%s\n' "$path" >&2
        continue
      fi
      send "$folder/uploads/$name" "$at" "$path"
      count=$((count + 1)) sent=$((sent + bytes))
    done <"$work/lines"
    printf 'files=%s\nfilebytes=%s\n' "$count" "$sent" >&2
  fi
  # The end of the tar.
  head --bytes=1024 /dev/zero
}

# One at a time in clear, and no longer than it takes.
send() {
  local tree=$work/tree
  mkdir -p "$tree/$(dirname "./$3")"
  unseal "$1" "$work/key" 1 >"$tree/$3"
  touch --date="@$2" "$tree/$3"
  tar --create --blocking-factor=1 --directory="$tree" --mode=0640 --owner=0 --group=0 --numeric-owner "./$3"
  rm -rf "$tree"
}
