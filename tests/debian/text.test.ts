// findutils, grep, sed, gawk, diff and patch.
import { testDebian } from '../support/debian.ts';

testDebian('text', {
  'grep': String.raw`seq 1000 > n; grep -c 7 n; grep -E '^(12|34)+$' n; grep -n -m2 99 n; grep -v 1 n | wc -l; echo 'foo.bar' | grep -F o.b; grep -o '[0-9]5$' n | wc -l; echo aXbX | grep -ob X; grep -q zzz n; echo $?; printf 'a\0b' | grep -c a`,
  'grep with Perl expressions and folders': String.raw`mkdir -p d/e; echo needle > d/e/f; echo hay > d/g; grep -r needle d; grep -rL needle d; grep -l hay d/*  2>/dev/null; echo 'x=12, y=345' | grep -oP '(?<=y=)\d+'; echo ÄÖ | grep -i äö; seq 50 | grep -A1 -B1 -w 33`,
  'grep in much text': 'seq 200000 > n; grep -c 9 n; grep -E "(1|2)3(4|5)$" n | wc -l; grep -i -c "a\\|0" n; grep -xf - n <<E\n5\n77\nE',
  'sed': String.raw`seq 10 | sed -n '3,5p;$p'; echo hello | sed 's/l\(.\)/[\1]/g'; seq 5 | sed '2d;3i\
inserted'; seq 6 | sed 'N;s/\n/-/'; echo abc | sed 'y/abc/xyz/'; seq 3 | sed '1!G;h;$!d'; echo a,b,c | sed -E 's/(\w),(\w)/\2,\1/'; printf 'x\n' > f; sed -i s/x/y/ f; cat f; seq 4 | sed '/2/,/3/{s/$/!/;b};s/^/-/'`,
  'gawk': String.raw`seq 100 | gawk '{s+=$1} END {print s, s/NR}'; echo 'a:b:c' | gawk -F: -v OFS=- '{$2="X"; print; print NF}'; gawk 'BEGIN {printf "%d %5.2f %s %c %e\n", 42, 3.14159, "str", 65, 12345.678}'; gawk 'BEGIN {print substr("hello",2,3), index("hello","l"), length("xyz"), toupper("abc"), sprintf("%03d",7)}'`,
  'gawk with arrays and functions': String.raw`printf 'x 1\ny 2\nx 3\n' | gawk '{a[$1]+=$2} END {n=asorti(a,k); for(i=1;i<=n;i++) print k[i], a[k[i]]}'; gawk 'function f(n) {return n<2?n:f(n-1)+f(n-2)} BEGIN {print f(16)}'; echo 2024-01-15 | gawk '{match($0, /([0-9]+)-([0-9]+)/, m); print m[2]; gsub(/-/, "/"); print; print strftime("%Y", 0, 1)}'; gawk 'BEGIN {while (("seq 3" | getline l) > 0) print "got", l; print "sorted\nlines" | "sort -r"}'`,
  'gawk calculates': String.raw`gawk 'BEGIN {for (i=1;i<=20000;i++) s+=sin(i)*sqrt(i); printf "%.6f\n", s; print 2^53+1, int(-3.7), exp(1), log(10), atan2(0,-1); srand(1); x=rand(); print (x>=0 && x<1); print substr(3.0 "", 1), 1e6, 0x10, "10"+5}'`,
  'find': String.raw`mkdir -p a/b/c d; touch a/1.c a/b/2.c a/b/c/3.h d/4.c; ln -s a link; find . -name '*.c' | sort; find . -type d | sort; find a -maxdepth 1 -type f; touch -d 2020-01-01 a/1.c; find . -newer a/1.c -type f | wc -l; find . -name '*.c' -exec echo {} + | tr ' ' '\n' | sort; find . -size 0 -name '*.h' -printf '%f %d %y\n'; find . -name '3*' -delete; find a -empty`,
  'xargs': String.raw`seq 10 | xargs -n 3 echo; printf 'a b\0c' | xargs -0 -n1 echo; seq 3 | xargs -I{} echo 'x{}y'; seq 8 | xargs -P 4 -n 1 sh -c 'exit 0'; echo $?; echo 5 | xargs sh -c 'exit $1' sh; echo $?; seq 2000 | xargs echo | wc`,
  'diff and patch': String.raw`seq 20 > a; sed 's/7/seven/;12d' a > b; diff a b; diff -u a b | tail -n +3; diff -q a b; diff -y -W 20 a b | head -n 8; diff -u a b > p; patch -s a p; cmp a b && echo patched; diff3 a b a; sdiff -s a b; cmp a /dev/null`,
});
