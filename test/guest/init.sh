#!/bin/busybox sh
# First program of the guest, in its initramfs: builds the root file system out of the host's 9p shares, then hands
# over to stage2.sh. Every share is read-only; what the guest writes goes to a tmpfs and is gone afterwards.

fail() {
  echo "guest: $*"
  poweroff -f
}

# $1 tag, $2 folder
share() {
  mkdir -p "$2"
  mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose "$1" "$2" || fail "cannot mount share $1"
}

# $1 tag, $2 folder below /new
writable_share() {
  share "$1" "/layers/$1/lower"
  mkdir -p "/layers/$1/upper" "/layers/$1/work" "/new$2"
  mount -t overlay -o "lowerdir=/layers/$1/lower,upperdir=/layers/$1/upper,workdir=/layers/$1/work" "$1" "/new$2" ||
    fail "cannot make $2 writable"
}

/bin/busybox --install -s /bin
export PATH=/bin
mkdir -p /proc /sys /dev /layers /new
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
while read -r module; do
  insmod "/modules/$module" || fail "cannot load $module"
done </modules/order

mount -t tmpfs -o size=60% layers /layers
writable_share root ''
mount -t tmpfs run /new/run
mount -t tmpfs -o mode=1777 tmp /new/tmp
share job /new/run/tstrace/job
share kernel /new/run/tstrace/kernel
share node /new/run/tstrace/node
. /new/run/tstrace/job/settings
writable_share project "$PROJECT"

for folder in proc sys dev; do
  mount --move "/$folder" "/new/$folder"
done
exec switch_root /new /bin/sh /run/tstrace/job/stage2.sh
