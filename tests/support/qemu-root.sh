#!/bin/bash
# qemu-root.sh SYSROOT DIR COMMAND...: runs an ARM command, and whatever ARM programs it starts, under qemu-arm with SYSROOT as
# the root folder and DIR, at its own path, as the working folder.
#
# qemu-arm passes the children's execve to the kernel, which must know what to do with ARM programs. So this makes user and
# mount namespaces of its own with a private binfmt_misc (Linux 6.7) and registers qemu-arm there; the machine is not touched.
# Answers 125 where such namespaces cannot be had.
set -euo pipefail

if [ "${1:-}" != --inside ]; then
  exec unshare --user --map-root-user --mount --propagation private "${BASH_SOURCE[0]}" --inside "$@"
fi

sysroot=$2 dir=$3
shift 3
root=$sysroot.root # only a place to mount on
trap 'exit 125' ERR
mkdir -p "$root"

mount -t binfmt_misc none "$root"
# ELF, 32 bits, little-endian, ET_EXEC or ET_DYN, EM_ARM. F: the kernel opens qemu-arm now, outside the root; P: argv[0] is kept.
magic='\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\x28\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
printf '%s' ":arm:M::$magic:$mask:/usr/bin/qemu-arm:PF" > "$root/register"

mount -t tmpfs none "$root"
cp -a "$sysroot"/{bin,sbin,lib} "$root"/
mkdir -p "$root"/{usr,etc,var,dev,proc,sys,tmp,lib64,"$dir"}
for part in usr etc var; do mount --bind "$sysroot/$part" "$root/$part"; done
for part in dev proc sys; do mount --rbind "/$part" "$root/$part"; done
# qemu-arm itself may be linked dynamically: it needs the host's libraries, which no ARM program looks for.
mount --bind /lib64 "$root/lib64"
mount --bind "/usr/lib/$(uname -m)-linux-gnu" "$root/usr/lib/$(uname -m)-linux-gnu"
mount --bind "$dir" "$root$dir"
exec /usr/sbin/chroot "$root" /usr/bin/env -C "$dir" "$@"
