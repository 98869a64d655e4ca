#!/bin/bash
# sysroot.sh DIR ARCH SUITE PACKAGE...: unpacks Debian packages of another processor, and all they depend on, into DIR.
#
# Nothing is installed: apt only downloads, with a state of its own beside DIR, and Dir::Bin::dpkg is /bin/false so that it
# could not hand a foreign package to this machine's dpkg even by mistake. The archive is the one this machine uses.
set -euo pipefail

dir=$1 arch=$2 suite=$3
shift 3
state=$dir.apt
work=$dir.partial

# The machine's own Debian archive, as apt understands its sources (one-line or deb822 files alike).
archive() {
  local codename
  codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
  apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
    awk -v codename="$codename" '$2 == "main" && $1 == codename { print $3; exit }'
}

prepare_apt() {
  local uri=$1 name=$2
  rm -rf "$state"
  mkdir -p "$state"/{lists/partial,cache/archives/partial,etc/none}
  : > "$state/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $uri $name main" > "$state/etc/sources.list"
  {
    apt-config dump | grep '^Acquire::' || true # proxies and the like
    cat <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "0";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "1";
Dir::State "$state";
Dir::State::lists "$state/lists";
Dir::State::status "$state/status";
Dir::Cache "$state/cache";
Dir::Etc::main "-";
Dir::Etc::parts "$state/etc/none";
Dir::Etc::sourcelist "$state/etc/sources.list";
Dir::Etc::sourceparts "-";
Dir::Etc::preferences "-";
Dir::Etc::preferencesparts "$state/etc/none";
Dir::Bin::dpkg "/bin/false";
CONF
  } > "$state/apt.conf"
}

apt_private() {
  APT_CONFIG=$state/apt.conf apt-get -q -o Dir::Bin::dpkg=/bin/false "$@"
}

# The release's index, under the name that has it: a mirror in the middle of an update may offer an index that does not fit the
# signed release file under the codename, and one that does under the alias, or the other way round.
fetch_index() {
  local uri=$1 name
  for name in "$suite" stable oldstable testing; do
    prepare_apt "$uri" "$name"
    if apt_private update && compgen -G "$state/lists/*_binary-${arch}_Packages*" > /dev/null &&
      grep -qx "Codename: $suite" "$state"/lists/*Release; then
      return 0
    fi
  done
  echo "sysroot.sh: $uri has no $arch in $suite" >&2
  return 1
}

unpack() {
  local deb link
  for link in bin sbin lib; do # merged /usr: the packages still ship both spellings
    mkdir -p "$work/usr/$link"
    ln -s "usr/$link" "$work/$link"
  done
  for deb in "$state"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$work" --keep-directory-symlink --no-same-owner -p
  done
  find "$work" -type f -perm /6000 -exec chmod ug-s {} +
}

# An absolute link must stay inside the tree when the tree is a prefix (-L) and not the root.
make_links_relative() {
  local link target
  find "$work" -type l -lname '/*' ! -lname '/proc/*' ! -lname '/dev/*' -print0 | while IFS= read -r -d '' link; do
    target=$(readlink "$link")
    ln -sfn --relative "$work$target" "$link"
  done
}

# What the packages' own scripts would have made, as far as programs need it.
finish() {
  local name
  cp -n "$work/usr/share/base-passwd/passwd.master" "$work/etc/passwd"
  cp -n "$work/usr/share/base-passwd/group.master" "$work/etc/group"
  for name in awk:gawk cc:gcc sh:dash; do
    [ -e "$work/usr/bin/${name%%:*}" ] || ln -s "${name##*:}" "$work/usr/bin/${name%%:*}"
  done
  printf '127.0.0.1 localhost\n::1 localhost\n' > "$work/etc/hosts"
  mkdir -p "$work/usr/lib/$(uname -m)-linux-gnu" # where tests/support/qemu-root.sh puts the host's libraries
  # With -L a directory of the prefix hides the host's, and programs need the host's own of these.
  rm -rf "$work"/{tmp,proc,sys,dev,run,home,root,mnt,media,srv,opt,boot} "$work/var/tmp" "$work/var/run" "$work/var/lock"
}

uri=$(archive)
[ -n "$uri" ] || { echo "sysroot.sh: apt's sources name no Debian archive (component main)" >&2; exit 1; }
rm -rf "$work"
fetch_index "$uri"
apt_private -y --download-only install "$@"
unpack
make_links_relative
finish
rm -rf "$dir" "$state"
mv "$work" "$dir"
