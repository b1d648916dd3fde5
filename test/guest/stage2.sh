# Second program of the guest, process 1 in the real root: completes the system, runs the command, reports its output
# and exit code over virtio-serial ports, and powers off. Shell is dash; settings come from job.ts.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8
. /run/tstrace/job/settings

mkdir -p /dev/pts /dev/shm /usr/local/bin
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t securityfs securityfs /sys/kernel/security
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname guest
ip link set lo up

# Modules and configuration where programs look for those of the running kernel.
mkdir -p /usr/lib/modules /boot
mount --bind /run/tstrace/kernel/lib/modules /usr/lib/modules
ln -s "/run/tstrace/kernel/boot/config-$(uname -r)" /boot/
# The kernel's folder of modules has links to the headers below /usr/src.
if [ "$HEADERS" ]; then
  ln -s /run/tstrace/kernel/usr/src/* /usr/src/
  # BCC finds libraries in the linker's cache.
  ldconfig
fi
for program in node npm npx; do
  ln -s "/run/tstrace/node/bin/$program" /usr/local/bin/
done

# $1 name of a virtio-serial port; the host's names appear a moment after its driver.
port() {
  while :; do
    for entry in /sys/class/virtio-ports/*; do
      [ "$(cat "$entry/name")" = "$1" ] && echo "/dev/${entry##*/}" && return
    done
    sleep 0.1
  done
}

# Only one process at a time can open a port, and a port is no pipe. So the command writes to pipes.
cd /run/tstrace || exit
mkfifo out err
cat <out >"$(port out)" &
out=$!
cat <err >"$(port err)" &
err=$!

if [ "$TERMINAL" ]; then
  stty -F /dev/ttyS0 $TERMINAL
  setsid --ctty --wait sh job/command.sh <>/dev/ttyS0 >&0 2>&1
  code=$?
  : >out 2>err
else
  setsid --wait sh job/command.sh </dev/null >out 2>err
  code=$?
fi

# What the command left behind would keep the pipes open. Kernel threads ignore this.
for folder in /proc/[0-9]*; do
  case ${folder#/proc/} in 1 | $out | $err) ;; *) kill -9 "${folder#/proc/}" 2>/dev/null ;; esac
done
wait $out $err
echo $code >"$(port code)"
echo o >/proc/sysrq-trigger
while :; do sleep 60; done
