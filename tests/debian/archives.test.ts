// tar and the compressors: long integer loops, threads (zstd, xz), pipes to other programs.
import { testDebian } from '../support/debian.ts';

const data = 'seq 60000 > n; cat /usr/bin/dash n > mixed; ';

testDebian('archives', {
  'gzip': `${data}gzip -k n; gzip -l n.gz | tail -n 1; gzip -dc n.gz | cmp - n && echo same; gzip -9c mixed | gzip -d | md5sum; gzip -1c mixed | wc -c; echo damaged | gzip -d; echo $?; zcat n.gz | tail -n 1`,
  'bzip2': `${data}bzip2 -k mixed; wc -c < mixed.bz2; bzip2 -dc mixed.bz2 | cmp - mixed && echo same; bzip2 -t mixed.bz2; echo $?; bzcat mixed.bz2 | tail -n 1`,
  'xz': { script: `${data}xz -k -2 mixed; wc -c < mixed.xz; xz -dc mixed.xz | cmp - mixed && echo same; xz --robot -l mixed.xz | grep -c totals; xz -T2 -0 -c n | xz -d | md5sum; seq 100 | xz --format=lzma | xz -d | tail -n 1`, timeout: 60 },
  'zstd': { script: `${data}zstd -q -k mixed; zstd -qdc mixed.zst | cmp - mixed && echo same; zstd -q -T2 -3 -c mixed | zstd -qd | md5sum; zstd -q -12 -c n | wc -c; zstd -q --long -c n | zstd -qdc --long | md5sum; zstd -q -T2 -B100K -c mixed n | zstd -dcq | md5sum`, timeout: 60 },
  'tar': 'mkdir -p t/u; seq 1000 > t/a; cp /usr/bin/dash t/u/b; ln -s a t/l; ln t/a t/hard; mkfifo t/p; chmod 700 t/u; tar cf t.tar --sort=name --mtime=@0 --owner=0 --group=0 t; md5sum t.tar; tar tvf t.tar | tr -s " "; mkdir x; tar xf t.tar -C x; diff -r t/u x/t/u && stat -c "%a %h" x/t/u x/t/a; readlink x/t/l',
  'tar with compressors': 'mkdir t; seq 20000 > t/a; for c in z j J; do tar c${c}f t.$c t; tar xOf t.$c t/a | md5sum; done; tar cf - t | tar xf - -O | tail -n 1; tar --zstd -cf t.zst t; tar tf t.zst; tar czf - --exclude=a t | tar tzf -; seq 5 > t/new; tar rf x.tar t/new 2>&1; tar tf x.tar; tar xf missing.tar 2>/dev/null; echo $?',
  'sparse files and long names': 'truncate -s 3M s; printf x >> s; tar cSf s.tar s; [ $(stat -c %s s.tar) -lt 100000 ] && echo sparse; mkdir o; tar xSf s.tar -C o; cmp s o/s && echo same; n=$(printf %0120d 7); touch $n; tar cf l.tar $n; tar tf l.tar',
});
