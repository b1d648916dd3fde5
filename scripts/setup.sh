# shellcheck shell=sh
# The steps from a fresh clone to a working one; ./tstrace and ./check source this file.
#
# Whoever sources it sets ROOT, the folder of the repository, and ME, the word before each message. A step says what it
# changes before it does so and does nothing when nothing is to be done. A step that fails has said why and what to do
# by hand, and returns the exit code for it. All words go to stderr: stdout belongs to the tools.

say() {
  printf '%s: %s\n' "$ME" "$*" >&2
}

hint() {
  printf 'HINT: %s\n' "$*" >&2
}

# attempt COMMAND...: quiet, unless it fails; then its words are shown, long ones without their middle.
attempt() {
  # Stdin stays the tool's.
  output=$("$@" 2>&1 </dev/null) && return
  code=$?
  say "\`$*\` failed with exit code $code:"
  if [ "$(printf '%s\n' "$output" | wc -l)" -gt 20 ]; then
    output="$(printf '%s\n' "$output" | head -n 10)
...
$(printf '%s\n' "$output" | tail -n 10)"
  fi
  printf '%s\n' "$output" | sed 's/^/  /' >&2
  return "$code"
}

# exclusively STEP...: in the repository's folder, one run at a time. Whoever waited finds the work done, as every step
# looks again. The lock is on the folder itself: it leaves no file, and lasts as long as the last program of a killed run.
exclusively() (
  cd "$ROOT/" || exit 3
  if command -v flock >/dev/null; then
    exec 9<.
    flock -n 9 || {
      say 'waiting for another run that is setting up'
      flock 9
    }
  fi
  "$@"
)

is_root() {
  [ "$(id -u)" = 0 ]
}

# Sets NODE to a node that is new enough. Asking for the version takes 3 ms: cheaper than a wrong guess.
find_node() {
  while read -r key value; do
    [ "$key" = '"node":' ] && needed=${value#*=} && needed=${needed%%\"*}
  done <"$ROOT/package.json"

  if ! NODE=$(command -v "${TSTRACE_NODE:-node}"); then
    say "there is no node: looked for ${TSTRACE_NODE:-node in PATH}; version $needed or newer is needed"
    hint_node
    return 3
  fi
  case $NODE in /*) ;; *) NODE=$PWD/$NODE ;; esac
  version=$("$NODE" --version 2>&1)
  if ! at_least "${version#v}" "$needed"; then
    say "$NODE is no node of version $needed or newer: it says '$(echo "$version" | head -n 1)'"
    hint_node
    return 3
  fi
}

# at_least VERSION NEEDED: compares the first two numbers.
at_least() {
  case $1 in *[!0-9.]* | [!0-9]* | *[!0-9] | '') return 1 ;; esac
  major=${1%%.*} minor=${1#*.}
  [ "$major" -gt "${2%%.*}" ] || { [ "$major" -eq "${2%%.*}" ] && [ "${minor%%.*}" -ge "${2#*.}" ]; }
}

hint_node() {
  hint "the package nodejs of Debian 13, Fedora, Arch or Alpine is new enough, that of Debian 12 (18) is not.
      https://nodejs.org/en/download has it for every Linux: unpack it anywhere, then name it:
      TSTRACE_NODE=/path/to/bin/node $0 ..."
}

# Whether node_modules and dist are there and no source is newer: the one look that every run of ./tstrace takes.
is_built() {
  newer=$(find "$ROOT/src" "$ROOT/scripts" "$ROOT"/man/*.md "$ROOT"/package.json "$ROOT"/npm-shrinkwrap.json "$ROOT"/tsconfig*.json -newer "$ROOT/build/.stamp" -print -quit 2>&1) &&
    [ -z "$newer" ] && [ -e "$ROOT/dist/start.js" ] && [ -e "$ROOT/node_modules/.package-lock.json" ]
}

# The steps below run in the repository's folder (exclusively).

install_modules() {
  # npm writes this file when all else is in place, so it tells a whole node_modules from a half one.
  done=node_modules/.package-lock.json
  [ -e $done ] && [ -z "$(find npm-shrinkwrap.json -newer $done)" ] && return
  may_write || return
  PATH=${NODE%/*}:$PATH
  if ! command -v npm >/dev/null; then
    say "there is no npm: looked beside $NODE and in PATH"
    hint 'install it: on Debian, as root: apt-get install npm'
    return 3
  fi
  say 'installing the npm packages of npm-shrinkwrap.json into node_modules, 100 MB: npm ci'
  rm -f $done
  attempt npm ci --ignore-scripts --no-audit --no-fund --loglevel=error || {
    say 'so the npm packages are not installed'
    hint "npm needs its registry for this, once: \`npm ping\` tries it, \`npm config list\` shows what is set.
      Then again, or by hand: cd '$PWD' && npm ci"
    return 3
  }
  give_to_owner
}

# Builds what has changed. The stamp is put in place last and has the time of the beginning: a build that was killed is
# made again, and so is one whose sources were changed under it.
build() {
  may_write || return
  say 'building: npm run build'
  rm -f build/.stamp
  mkdir -p build
  : >build/.stamp.new
  remove_stale
  PATH=${NODE%/*}:$PATH
  attempt npm run --silent build || {
    say 'so tstrace is not built'
    hint "with \`git status\` clean, please report this; by hand: cd '$PWD' && npm run clean && npm run build"
    return 1
  }
  mv build/.stamp.new build/.stamp
  give_to_owner
}

# tsc leaves the output of a source that is gone: a deleted command would still be a command, a deleted test a test.
remove_stale() {
  find build -name '*.js' 2>/dev/null | while read -r output; do
    source=${output#build/}
    [ -e "${source%.js}.ts" ] || rm -f "${output%.js}".*
  done
}

may_write() {
  [ -w . ] && return
  say "something is to be installed or built in $PWD, and this user may not write there"
  hint 'run the same once as root, or in a clone of your own'
  return 3
}

# What root made in somebody's clone must not lock them out of it.
give_to_owner() {
  is_root || return 0
  owner=$(stat -c %u:%g .)
  case $owner in 0:*) return 0 ;; esac
  for path in node_modules dist build oclif.manifest.json man; do
    [ ! -e $path ] || chown -R "$owner" $path
  done
}

# Prints how this system installs a package. The names of the packages used here are the same everywhere.
install_command() {
  for manager in apt-get dnf pacman zypper apk; do
    command -v $manager >/dev/null || continue
    case $manager in
      # Another apt may be at work: a machine's first minutes are full of them.
      apt-get) echo 'apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120' ;;
      dnf) echo 'dnf install -y' ;;
      pacman) echo 'pacman -S --noconfirm --needed' ;;
      zypper) echo 'zypper --non-interactive install' ;;
      apk) echo 'apk add' ;;
    esac
    return
  done
  return 1
}

# Fetches the list of packages, for the managers that do not do so by themselves.
refresh_packages() {
  case $1 in
    # By itself it takes a failure for a success.
    apt-get*) refresh='apt-get update -o APT::Update::Error-Mode=any' ;;
    pacman*) refresh='pacman -Sy' ;;
    apk*) refresh='apk update' ;;
    *) return 0 ;;
  esac
  say "fetching the list of packages first: ${refresh% -o *}"
  # A repository that fails need not be the one that has the package: the installation will tell.
  # shellcheck disable=SC2086 # words of a command, here and below
  attempt $refresh || true
}

# need_packages PACKAGE...: installs the packages, as root. Others are told what to type; what then is missing shows later.
need_packages() {
  [ $# -gt 0 ] || return 0
  if ! install=$(install_command); then
    say "$* is missing, and this system has none of the package managers known here"
    hint 'install it by hand'
    return 3
  fi
  by_hand="${install% -o *} $*"
  if ! is_root; then
    say "$* is missing; as root, type: $by_hand"
    return 0
  fi
  say "installing $* and what it needs: $by_hand"
  export DEBIAN_FRONTEND=noninteractive
  $install "$@" >/dev/null 2>&1 </dev/null && return
  # No list of packages yet, or one so old that its files are gone.
  refresh_packages "$install"
  # shellcheck disable=SC2086
  attempt $install "$@" || {
    say "so $* is not installed"
    hint "it needs the network and the system's package sources; by hand: $by_hand"
    return 3
  }
}

# Prints bpftrace when it is missing.
missing_bpftrace() {
  [ -n "${TSTRACE_BPFTRACE-}" ] || command -v bpftrace >/dev/null || echo bpftrace
}

need_bpftrace() {
  [ -z "$(missing_bpftrace)" ] || need_packages bpftrace
}

# Some systems, and containers, leave the kernel's tracing files unmounted. Only root sees whether they are.
need_tracefs() {
  [ -d /sys/kernel/tracing/events ] || [ ! -d /sys/kernel/tracing ] || ! is_root && return
  set -- mount -t tracefs -o nosuid,nodev,noexec tracefs /sys/kernel/tracing
  say "mounting the kernel's tracing files: $*"
  attempt "$@" || {
    say "so the kernel's tracing files cannot be reached"
    hint 'root on the machine itself may mount them; in a container, start it with --privileged or with
      -v /sys/kernel/tracing:/sys/kernel/tracing'
    return 3
  }
}
