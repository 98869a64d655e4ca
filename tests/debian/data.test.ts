// sqlite3, jq, bc, make.
import { testDebian } from '../support/debian.ts';

const makefile = String.raw`cat > Makefile <<'E'
all: c
	@echo built $$(cat c)
c: a b
	cat a b > c
%: %.src
	sed s/x/y/ $< > $@
X := $(shell echo shelled)
V = $(X:shell%=S%) $(words a b c) $(sort z y) $(patsubst %.c,%.o,a.c b.c) $(foreach i,1 2,<$i>)
v:
	@echo "$(V)"
.PHONY: v fail many
fail:
	@exit 3
many: 1 2 3 4 5 6
1 2 3 4 5 6:
	@sleep 0.0$@; touch $@
ifdef Y
$(info Y is $(Y))
endif
E
`;

testDebian('data', {
  'sqlite3: queries': String.raw`sqlite3 db "create table t(a integer primary key, b text, c real); with recursive n(x) as (select 1 union all select x+1 from n where x<5000) insert into t select x, 'name' || x, x/7.0 from n; select count(*), sum(a), round(avg(c),4) from t; select b from t where a between 100 and 103; create index i on t(b); select a from t where b='name777'; select substr(b,1,5), group_concat(a) from t where a<4 group by 1;"; sqlite3 -header -column db 'select * from t limit 2'; sqlite3 -json db 'select a,b from t where a=9'; sqlite3 -csv db 'select max(c), min(b) from t'`,
  'sqlite3: functions, windows, transactions': String.raw`sqlite3 db <<'E'
create table w(k, v); insert into w values ('a',1),('a',2),('b',5);
select k, v, sum(v) over (partition by k order by v), rank() over (order by v desc) from w;
begin; delete from w; rollback; select count(*) from w; update w set v=v*10 where k='a' returning v;
select json_extract('{"x":[1,2,{"y":3}]}','$.x[2].y'), hex('abc'), upper('x'), date(0,'unixepoch'), printf('%.3f',2.0/3), abs(-5), 9223372036854775807, 1e308*10, typeof(1.0), 'a' like 'A';
create view vw as select k, count(*) n from w group by k; select * from vw; explain query plan select * from w;
.tables
insert into nosuch values(1);
E
echo $?; sqlite3 db .dump | md5sum; sqlite3 db 'pragma integrity_check; pragma journal_mode=wal; insert into w values(1,2); select count(*) from w; vacuum'; ls`,
  'jq': String.raw`echo '{"a":[1,2,{"b":"x"}],"n":null,"f":1.5e3}' > j; jq . j; jq -c '.a[2].b, .f, (.a|length), keys' j; jq -r '.a[] | tostring' j; seq 100 | jq -s 'add, (map(select(. % 7 == 0)) | length), (.[3:5])' -c; echo '[3,1,2]' | jq -c 'sort, reverse, max, (map(.*2)), index(1)'; jq -n '[range(5) | {key: "\(.)", value: (. * .)}] | from_entries' -c; jq -n '"a,b;c" | split(",") , test("b"), ascii_upcase, @base64, (ltrimstr("a"))' -c; jq -n 'def f(x): if x < 2 then x else f(x-1) + f(x-2) end; f(15), ([limit(3; repeat(1))]), (1/3), 1e1000, (now > 0)' -c; echo bad | jq . 2>/dev/null; echo $?; jq -n --arg x 5 '($x | tonumber + 1), ("2024-01-01T00:00:00Z" | fromdate), ([1,[2]] | flatten), ("x" * 3)' -c; jq -n 'reduce range(10000) as $i (0; . + $i)'`,
  'bc and dc': { script: String.raw`echo '2^500; 10/3; scale=50; 4*a(1); e(1); sqrt(2); s(1); l(2); obase=16; 255; ibase=2; 1010' | bc -l; echo 'define f(n) { if (n < 2) return 1; return n * f(n - 1); } f(60); for (i = 0; i < 3; i++) i; print "text\n"; length(12345); -7 % 3; 1.5 * 2.25; a[3] = 9; a[3]' | bc; echo 'scale=300; 4*a(1)' | bc -l | md5sum; echo '1/0' | bc 2>&1 | head -n 1; echo 'x = 3; while (x > 0) { x -= 1; x }; if (x == 0) "zero"' | bc`, timeout: 60 },
  'make': `${makefile}echo x1 > a.src; echo x2 > b.src; make; make; touch -d '+1 hour' a.src; make -n; make -s v Y=5; make fail 2>&1 | tail -n 1; make fail > /dev/null 2>&1; echo $?; make -s -j4 many; ls 1 6; make nothing 2>&1 | tail -n 1; make -pn 2>/dev/null | grep -c '^X :='`,
});
