#!/bin/bash
# Makes a fresh Debian or Ubuntu server ready for a vps stack: Docker, firewall, security updates, swap, limits for logs.
# Run as root. Run again, it changes nothing: each step looks first, and says what it did.
set -euo pipefail

deploy_user=${BERTH_USER:-root}
ports=${BERTH_PORTS:-80 443}
export DEBIAN_FRONTEND=noninteractive
missing=()
docker_changed=false

say() { printf '%-9s %s\n' "$1" "$2"; }
fail() {
  printf 'failed    %s\n' "$1" >&2
  exit 1
}
has_systemd() { [[ -d /run/systemd/system ]]; }

# Writes standard input to a file unless it says so already. True if it was changed.
put() {
  local file=$1 content
  content=$(cat)
  if [[ -f $file && $(<"$file") == "$content" ]]; then
    say ok "$file"
    return 1
  fi
  mkdir -p "$(dirname "$file")"
  printf '%s\n' "$content" >"$file.new"
  chmod 0644 "$file.new"
  mv "$file.new" "$file"
  say changed "$file"
}

check_system() {
  ((EUID == 0)) || fail "this wants root: use a user who may sudo without a password, or root"
  # shellcheck disable=SC1091
  . /etc/os-release
  local oldest
  case ${ID:-} in
    debian) oldest=11 ;;
    ubuntu) oldest=22 ;;
    *) fail "this is ${PRETTY_NAME:-unknown}; Debian 11 or later, or Ubuntu 22.04 or later, is wanted" ;;
  esac
  ((${VERSION_ID%%.*} >= oldest)) || fail "$PRETTY_NAME is too old; Debian 11 or later, or Ubuntu 22.04 or later, is wanted"
  id "$deploy_user" >/dev/null 2>&1 || fail "there is no user $deploy_user: make it first, with your SSH key"
  say ok "$PRETTY_NAME"
}

packages() {
  local package
  # Docker of the distribution: its security updates come with all others, and no foreign key is trusted.
  for package in docker.io procps ufw unattended-upgrades; do
    if [[ $package == docker.io ]] && command -v dockerd >/dev/null; then continue; fi
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  if ((${#missing[@]} == 0)); then
    say ok "packages"
    return
  fi
  apt-get -qq update
  apt-get -qq -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}" >/dev/null
  say changed "packages: ${missing[*]}"
}

docker_settings() {
  local file=/etc/docker/daemon.json
  # A container says its own limits; these are for those that somebody starts by hand. live-restore: an update of the engine
  # does not stop what runs.
  local wanted='{
  "live-restore": true,
  "log-driver": "local",
  "log-opts": { "max-size": "10m", "max-file": "5" }
}'
  if [[ -s $file && $(<"$file") != "$wanted" ]]; then
    say left "$file is yours; wanted in it: live-restore true, log-driver local with max-size and max-file"
  elif put "$file" <<<"$wanted"; then
    docker_changed=true
  fi
  if has_systemd; then
    systemctl is-enabled --quiet docker || systemctl enable --quiet docker
    if $docker_changed || ! systemctl is-active --quiet docker; then systemctl restart docker; fi
  fi
  if [[ $deploy_user == root ]] || id -nG "$deploy_user" | grep -qw docker; then
    say ok "$deploy_user may use Docker"
  else
    usermod -aG docker "$deploy_user"
    say changed "$deploy_user may use Docker, which is as much as root"
  fi
}

# SSH first: a firewall that is closed to whoever sets it up helps nobody. Ports that Docker publishes pass by ufw anyway; the
# rules say so to those who read them.
firewall() {
  local ssh_ports port
  ssh_ports=$({ sshd -T 2>/dev/null || true; } | awk '$1 == "port" { print $2 }')
  for port in ${ssh_ports:-22}; do allow "$port/tcp" "SSH"; done
  for port in $ports; do allow "$port/tcp" "site"; done
  if ufw status | grep -qx 'Status: active'; then
    say ok "firewall"
    return
  fi
  ufw default deny incoming >/dev/null
  ufw default allow outgoing >/dev/null
  ufw --force enable >/dev/null
  say changed "firewall: closed but for SSH (${ssh_ports:-22}) and $ports"
}
allow() {
  if ufw show added | grep -q "^ufw allow $1 "; then return; fi
  ufw allow "$1" comment "$2" >/dev/null
  say changed "firewall: $1 ($2) is open"
}

updates() {
  put /etc/apt/apt.conf.d/20auto-upgrades <<'CONF' || true
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
APT::Periodic::AutocleanInterval "7";
CONF
  # A kernel update counts after a restart only; containers come back by themselves.
  put /etc/apt/apt.conf.d/52berth <<'CONF' || true
Unattended-Upgrade::Automatic-Reboot "true";
Unattended-Upgrade::Automatic-Reboot-Time "04:30";
Unattended-Upgrade::Remove-Unused-Dependencies "true";
CONF
}

# On a small server a peak ends somebody's process without it. Containers of the kit use none.
swap() {
  local memory
  memory=$(awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo)
  # Where the kernel is not this system's own, in a container, the file is all there is to do.
  if put /etc/sysctl.d/60-berth.conf <<<'vm.swappiness = 10'; then
    if [[ -w /proc/sys/vm/swappiness ]]; then echo 10 >/proc/sys/vm/swappiness; fi
  fi
  if [[ -n $(tail -n +2 /proc/swaps) ]] || ((memory > 4096)); then
    say ok "swap ($memory MiB of memory)"
    return
  fi
  if [[ ! -f /swapfile ]]; then
    # Not fallocate: not every file system takes such a file for swap.
    dd if=/dev/zero of=/swapfile.new bs=1M count=1024 status=none
    chmod 600 /swapfile.new
    mkswap -q /swapfile.new
    mv /swapfile.new /swapfile
  fi
  grep -q '^/swapfile ' /etc/fstab || echo '/swapfile none swap sw 0 0' >>/etc/fstab
  swapon /swapfile
  say changed "swap: 1 GiB in /swapfile"
}

journal() {
  if put /etc/systemd/journald.conf.d/berth.conf <<'CONF'; then
[Journal]
SystemMaxUse=200M
CONF
    if has_systemd; then systemctl restart systemd-journald; fi
  fi
}

check_system
packages
docker_settings
firewall
updates
swap
journal
if has_systemd; then say ready "Docker $(docker version --format '{{.Server.Version}}')"; else say ready "all but what systemd starts"; fi
