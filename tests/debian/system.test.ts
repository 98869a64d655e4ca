// What leans on the kernel most: name spaces; and with TSEMU_TEST_MORE set, as root, a database, the secure shell, boxes, packages installed in
// a root of their own, and stress-ng's classes with their own verification. The right output is stated: qemu-user makes no name spaces for
// children.
import { type Case, testDebian } from '../support/debian.ts';

/** Runs the rest of a script, which is in a file, without root's rights: as PostgreSQL wants it. */
const unprivileged = 'chown 33:33 .; setpriv --reuid 33 --regid 33 --clear-groups bash run';

const postgresql = String.raw`cat > run <<'END'
b=/usr/lib/postgresql/15/bin; export PGDATA=$PWD/data PGHOST=$PWD PGPORT=5432 PGUSER=u
$b/initdb -U u -A trust --no-sync --locale C -E UTF8 > initdb.log 2>&1 || { cat initdb.log; exit 1; }
$b/pg_ctl -w -s -o "-k $PWD -c listen_addresses= -c fsync=off" -l log start || { cat log; exit 1; }
q() { $b/psql -XAtq -d postgres -c "$1"; }
q "create table t (n int primary key, s text); insert into t select i, md5(i::text) from generate_series(1, 3000) i"
q "select count(*), sum(n), min(s), max(length(s)) from t where n % 3 = 0"
q "create index on t (s); analyze t; explain (costs off) select n from t where s = md5('77')"
q "select n from t where s = md5('77')"
q "begin; update t set s = 'x' where n < 10; rollback; select s = md5(n::text) from t where n = 5"
q "select percentile_cont(0.5) within group (order by n), stddev(n)::numeric(10,4), 2::numeric ^ 100, jsonb_agg(n) filter (where n < 4) from t"
q "do \$\$ begin perform 1/0; exception when division_by_zero then raise notice 'caught'; end \$\$" 2>&1
for i in 0 1 2 3; do q "update t set n = -n where n % 4 = $i" & done; wait
q "select count(*), sum(n) from t"
$b/pg_ctl -s -m fast stop; echo stopped $?
END
${unprivileged}`;

const postgresqlSays = `1000|1501500|00411460f7c92d2124a67ea0f4cb5f85|32
Index Scan using t_s_idx on t
  Index Cond: (s = '28dd2c7955ce926456240b2ff0100bde'::text)
77
t
1500.5|866.1697|1267650600228229401496703205376.0000000000000000|[1, 2, 3]
NOTICE:  caught
3000|-4501500
stopped 0
`;

/** In a mount name space, where /run and /etc/passwd are the script's. */
const ssh = String.raw`cat > run <<'END'
mount --make-rprivate /; mount -t tmpfs none /run; mkdir -p /run/sshd
sed "s#^root:.*#root:x:0:0:root:$PWD:/bin/bash#" /etc/passwd > passwd; echo 'sshd:x:101:65534::/run/sshd:/usr/sbin/nologin' >> passwd; mount --bind passwd /etc/passwd
ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ecdsa -N '' -f user; mkdir -m 700 .ssh; cp user.pub .ssh/authorized_keys
printf '%s\n' 'ListenAddress 127.0.0.1' "Port $PORT" "HostKey $PWD/host" "AuthorizedKeysFile $PWD/.ssh/authorized_keys" "PidFile $PWD/pid" 'UsePAM no' 'StrictModes no' 'Subsystem sftp /usr/lib/openssh/sftp-server' > conf
/usr/sbin/sshd -f $PWD/conf -E log
how="-F none -i user -o StrictHostKeyChecking=no -o UserKnownHostsFile=known -o LogLevel=ERROR"
s() { ssh $how -p $PORT "$@"; }
s root@127.0.0.1 'set -- $SSH_CONNECTION; echo $1 $3; uname -s; exit 3'; echo "status $?"
seq 100000 | s root@127.0.0.1 'cat | md5sum'
s -tt root@127.0.0.1 'tty | cut -c1-9; kill -9 $$' | tr -d '\r'; echo "status $?"
printf 'put conf copy\nls -1 copy\n' | sftp -q $how -P $PORT -b - root@127.0.0.1 | tail -n 1; cmp conf copy && echo same
s -o PubkeyAuthentication=no -o BatchMode=yes root@127.0.0.1 true 2>&1 | cut -d: -f2 | cut -c1-18
kill $(cat pid)
END
unshare -m bash run`;

const boxes = String.raw`echo secret > s
box() { bwrap --ro-bind $SYSROOT/usr /usr --ro-bind $SYSROOT/etc /etc --symlink usr/lib /lib --symlink usr/bin /bin --proc /proc --dev /dev --tmpfs /tmp --bind $PWD /work --chdir /work --die-with-parent "$@"; }
box --unshare-all --uid 1000 --gid 1000 --hostname box --new-session /bin/sh -c 'id -u; hostname; cat s; ls /; echo $$; ps -e -o pid=,comm= | head -n 2; touch /usr/x 2> /dev/null || echo read-only; echo made > made; tail -n +3 /proc/net/dev | wc -l; ls /tmp | wc -l; python3 -c "import threading; t = threading.Thread(target=lambda: print(\"thread\")); t.start(); t.join()"; exit 7'
echo "ended $?"; cat made
box --unshare-pid sh -c 'kill -9 $$'; echo "killed $?"
printf '\006\0\0\0\0\0\377\177' > allow; box --seccomp 9 true 9< allow; echo "allowed $?"
box --unshare-user --cap-drop ALL grep CapEff /proc/self/status; box --clearenv --setenv A b /usr/bin/env`;

const boxesSay = ['1000', 'box', 'secret', 'bin', 'dev', 'etc', 'lib', 'proc', 'tmp', 'usr', 'work', '2', '      1 bwrap', '      2 sh', 'read-only', '1', '0', 'thread', 'ended 7', 'made', 'killed 137', 'allowed 0',
  'CapEff:\t0000000000000000', 'A=b', 'PWD=/work', ''].join('\n');

/** A repository of two packages of the script's own, installed in a root whose programs are the guest's. */
const packages = String.raw`cat > run <<'END'
mount --make-rprivate /; mkdir root repo; mount -t tmpfs none root
mkdir -p root/{usr,etc/apt,var/lib/dpkg/info,var/lib/apt/lists/partial,var/cache/apt/archives/partial,var/log/apt,dev,proc,tmp,repo,opt}
for l in bin sbin lib; do ln -s usr/$l root/$l; done
mount --bind $SYSROOT/usr root/usr; mount --bind repo root/repo; mount -t proc none root/proc; mount --rbind /dev root/dev
cp -a $SYSROOT/etc/passwd $SYSROOT/etc/group root/etc; chmod 1777 root/tmp; : > root/var/lib/dpkg/status
pack() { # name, version, more fields
  mkdir -p p/DEBIAN p/opt/$1; printf 'Package: %s\nVersion: %s\nArchitecture: armhf\nMaintainer: T <t@example.org>\nDescription: d\n%s' "$1" "$2" "$3" > p/DEBIAN/control
  printf '#!/bin/sh\necho %s "$1"; ls /opt/%s\n' $1 $1 > p/DEBIAN/postinst; printf '#!/bin/sh\necho %s "$1"\n' $1 > p/DEBIAN/prerm; chmod 755 p/DEBIAN/p*
  echo "$1 $2" > p/opt/$1/file; dpkg-deb -b --root-owner-group p repo/$1_$2.deb > /dev/null; rm -r p
}
pack base 1.0 ''; pack base 1.1 ''; pack extra 2.0 'Depends: base (>= 1.1)
'
(cd repo; for f in *.deb; do dpkg-deb -f $f; printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' $f $(stat -c %s $f) $(sha256sum < $f | cut -d' ' -f1); done > Packages)
inside() { PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot root "$@"; }
inside dpkg -i /repo/base_1.0.deb | grep -v '^[(SPU]'; inside dpkg -l base | tail -n 1 | tr -s ' '
echo 'deb [trusted=yes] file:/repo ./' > root/etc/apt/sources.list; echo 'APT::Sandbox::User "root"; Dpkg::Use-Pty "0"; APT::Architecture "armhf";' > root/etc/apt/apt.conf
inside apt-get -qq update 2> /dev/null; echo "update $?"; inside apt-cache policy base 2> /dev/null | grep Candidate
inside apt-get -y -qq install extra < /dev/null > log 2> /dev/null; echo "install $?"; grep -v '^[(SPU]' log
inside dpkg-query -W; cat root/opt/extra/file; inside dpkg -V && echo verified; inside apt-get -y -qq remove base > /dev/null 2>&1; inside dpkg-query -W
END
unshare -m bash run`;

const packagesSay = ['base configure', 'file', 'ii base 1.0 armhf d', 'update 0', '  Candidate: 1.1', 'install 0', 'base upgrade', 'base configure', 'file', 'extra configure', 'file', 'base\t1.1', 'extra\t2.0', 'extra 2.0', 'verified', ''].join('\n');

/** Classes of stress-ng that pass. Not here: those that it calls pathological, that need hardware, or that the docs say why of (docs/guests.md). */
const stressClasses = [
  'access af-alg affinity aio aiol alarm atomic bad-altstack branch bsearch cache cacheline cap chattr chdir chmod chown chroot clock clone close context copy-file cpu crypt cyclic daemon dekker dentry dev-shm',
  'dir dirdeep dirmany dnotify dup dynlib enosys env epoll eventfd exit-group fallocate fanotify fault fcntl fiemap fifo file-ioctl filename flock flushcache fork forkheavy fp fp-error fpunch fsize fstat full funccall',
  'funcret futex get getdent getrandom goto handle hash heapsort hrtimers hsearch icache inode-flags inotify io iomix ioprio io-uring itimer jpeg judy kcmp key kill l1cache landlock lease link list loadavg',
  'locka lockbus lockf lockofd longjmp lsearch madvise malloc matrix matrix-3d mcontend membarrier memcpy memfd memrate mergesort mincore mknod mlock mmap mmapaddr mmapfixed mmapfork mprotect mq mremap msg msync msyncmany munmap',
  'mutex nanosleep netlink-proc netlink-task nice nop null numa opcode open pagemove pageswap personality peterson pidfd pipe pipeherd pkey poll prctl prefetch priv-instr pthread pty qsort race-sched radixsort randlist ramfs rawpkt',
  'rawsock rawudp readahead regs remap rename resched resources revio ring-pipe rlimit rmap rotate schedpolicy seal seccomp secretmem seek sem sem-sysv sendfile session set shellsort shm shm-sysv sigabrt sigchld sigfd sigfpe',
  'sigio signal signest sigpending sigq sigrt sigsegv sigsuspend sigtrap skiplist sleep sock sockabuse sockdiag sockfd sockpair sockmany sparsematrix splice stackmmap str stream switch symlink sync-file syncload sysbadaddr sysinfo tee timer',
  'timerfd tlb-shootdown touch tree tsearch udp umount unshare urandom utime vecfp vecmath vecshuf vecwide vfork vforkmany vm-addr vm-splice wait waitcpu wcs xattr yield zlib zombie',
];
/** A second of each: what one says is shown when it fails. */
const stress = (classes: string): Case => ({
  script: `for c in ${classes}; do stress-ng --$c 1 --verify -t 1 > log 2>&1 || { echo "$c ended $?"; cat log; }; done`, timeout: 600, stdout: '',
});

const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(stressClasses.map((classes) => [`stress-ng ${classes.slice(0, classes.indexOf(' '))} and more`, stress(classes)])),
  'postgresql': { script: postgresql, shell: 'bash', timeout: 300, stdout: postgresqlSays },
  'ssh over loopback': { script: ssh, shell: 'bash', timeout: 180, stdout: ['127.0.0.1 127.0.0.1', 'Linux', 'status 3', 'dea9193b768319cbb4ff1a137ac03113  -', '/dev/pts/', 'status 0', 'copy', 'same', ' Permission denied', ''].join('\n') },
  'boxes': { script: boxes, shell: 'bash', timeout: 120, stdout: boxesSay },
  'packages': { script: packages, shell: 'bash', timeout: 300, stdout: packagesSay },
};

testDebian('system', {
  'unshare': {
    script: `unshare -r id -u; unshare -rmpf --mount-proc sh -c 'ps -e -o pid=,comm= | head -n 1; mount -t tmpfs none /tmp && touch /tmp/x && ls /tmp'; unshare -ru sh -c 'hostname inside; hostname'; unshare -rn sh -c 'tail -n +3 /proc/net/dev | wc -l'; unshare -rm sh -c 'mkdir r; mount --bind . r; ls r'`,
    stdout: '0\n      1 sh\nx\ninside\n1\nr\n',
  },
});
if (process.env.TSEMU_TEST_MORE) testDebian('system', cases, undefined, ['arm']);
