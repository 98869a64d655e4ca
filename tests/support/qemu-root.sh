#!/bin/bash
# qemu-root.sh QEMU SYSROOT DIR COMMAND...: runs a guest's command, and whatever guest programs it starts, under QEMU (the path of a
# qemu-user) with SYSROOT as the root folder and DIR, at its own path, as the working folder.
#
# qemu passes the children's execve to the kernel, which must know what to do with the guest's programs. So this makes user and
# mount namespaces of its own with a private binfmt_misc (Linux 6.7) and registers qemu there; the machine is not touched.
# Answers 125 where such namespaces cannot be had.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/guest-root.sh"

if [ "${1:-}" != --inside ]; then
  exec unshare --user --map-root-user --mount --propagation private "${BASH_SOURCE[0]}" --inside "$@"
fi

qemu=$2 sysroot=$3 dir=$4
shift 4
root=$sysroot.root # only a place to mount on
trap 'exit 125' ERR
mkdir -p "$root"

mount -t binfmt_misc none "$root"
# What the guest's programs are like, one of its own says: class, byte order, machine. The mask leaves out the OS, and tells no
# ET_EXEC from ET_DYN. F: the kernel opens qemu now, outside the root; P: argv[0] is kept.
magic=$(od -An -v -tx1 -N20 "$sysroot/usr/bin/dash" | tr -d '\n' | sed 's/ /\\x/g')
little='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
big='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff'
case $magic in '\x7f\x45\x4c\x46'????'\x02'*) mask=$big ;; *) mask=$little ;; esac
printf '%s' ":guest:M::$magic:$mask:$qemu:PF" > "$root/register"

guest_root "$root" "$sysroot" "$dir"
mkdir "$root/lib64"
# qemu itself may be linked dynamically: it needs the host's libraries, which no guest program looks for.
mount --bind /lib64 "$root/lib64"
mount --bind "/usr/lib/$(uname -m)-linux-gnu" "$root/usr/lib/$(uname -m)-linux-gnu"
exec /usr/sbin/chroot "$root" /usr/bin/env -C "$dir" "$@"
