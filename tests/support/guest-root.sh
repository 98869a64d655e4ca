# Sourced by scripts that have made namespaces of their own.

# guest_root ROOT SYSROOT DIR: ROOT becomes a guest's root folder with what is in SYSROOT, the machine's /dev, /proc and /sys, and DIR at its own path.
guest_root() {
  local root=$1 sysroot=$2 dir=$3 part
  mount -t tmpfs none "$root"
  cp -a "$sysroot"/{bin,sbin,lib} "$root"/
  mkdir -p "$root"/{usr,etc,var,dev,proc,sys,tmp,"$dir"}
  for part in usr etc var; do mount --bind "$sysroot/$part" "$root/$part"; done
  for part in dev proc sys; do mount --rbind "/$part" "$root/$part"; done
  mount --bind "$dir" "$root$dir"
}
