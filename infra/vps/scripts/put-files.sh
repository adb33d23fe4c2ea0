#!/bin/bash
# Puts the files of a tar on standard input where the app keeps its own, each moved there whole: nobody may read half a file. Runs as
# the app's user in a container that has nothing else to write to. Removes nothing.
set -Eeuo pipefail
shopt -s inherit_errexit
umask 022
cd "$1"

exec 9<.
flock --nonblock 9 || { echo "Another restore puts files there at this moment." >&2; exit 1; }
# Hidden: it is no file of the app, and in no backup.
staging=.restored
rm -rf "$staging"
trap 'rm -rf "$staging"' EXIT
mkdir "$staging"
tar --extract --ignore-zeros --directory="$staging" --no-same-owner
while IFS= read -r -d '' path; do
  mkdir -p "$(dirname "./$path")"
  mv --force --no-target-directory "$staging/$path" "./$path"
done < <(find "$staging" -type f -printf '%P\0')
