// perl and lua.
import { testDebian } from '../support/debian.ts';

const program = (interpreter: string, text: string) => ({ script: `cat > program <<'END_OF_PROGRAM'\n${text}\nEND_OF_PROGRAM\nexec ${interpreter} program`, timeout: 60 });
const perl = (text: string) => program('perl', text);
const lua = (text: string) => program('lua5.4', text);

testDebian('scripting', {
  'perl: text and data': perl(String.raw`
use strict; use warnings; my %h = (one => 1, two => 2, three => 3); print join(',', map { "$_=$h{$_}" } sort { $h{$a} <=> $h{$b} } keys %h), "\n";
my $t = 'The year 1999 and 2024'; my @y = $t =~ /(\d{4})/g; print "@y\n"; (my $u = $t) =~ s/(\w+)/\u\L$1/g; print "$u\n"; print scalar reverse('abc'), lc('ABC'), ucfirst('xyz'), "\n";
printf "%05.2f %x %e %s %v d\n", 3.14159, 255, 12345.678, 'str', '1.2.3'; print 2**53, ' ', 10/3, ' ', 1e21, ' ', int(-3.7), ' ', 7 % -3, ' ', 0xff ^ 0x0f, "\n"; my @s = sort { $a <=> $b } map { ($_ * 7919) % 1000 } 1..500; print "$s[0] $s[250] $s[-1]\n";
my @p = ([1, 2], { k => [3, 4] }); print $p[1]{k}[1], " ", ref \@p, "\n"; local $_ = 'a1b2'; tr/a-z/A-Z/; print; print "\n"; print join('|', split /,/, 'a,b,,c'), ' ', sprintf('%s', join '', map chr, 65..70), "\n";`),
  'perl: files and processes': perl(String.raw`
use strict; use warnings; open my $f, '>', 'file' or die; print $f "line $_\n" for 1..100; close $f; print -s 'file', ' ', (stat 'file')[7], "\n"; open $f, '<', 'file'; my @l = <$f>; print scalar(@l), $l[-1];
print qx(echo from shell); my $pid = fork; if (!$pid) { exit 5 } waitpid $pid, 0; print $? >> 8, "\n"; pipe my $r, my $w; if (!fork) { print $w "through a pipe\n"; exit } close $w; print scalar <$r>; wait; open my $p, '-|', 'seq 3' or die; print <$p>; close $p;
$SIG{ALRM} = sub { die "alarm\n" }; eval { alarm 1; select undef, undef, undef, 5; }; print $@; system 'exit 3'; print $? >> 8, "\n"; mkdir 'd'; opendir my $d, '.'; print join(' ', sort grep !/^\./, readdir $d), "\n"; unlink 'file'; print -e 'file' ? 'yes' : 'no', "\n"; kill 'TERM', $$;`),
  'perl: modules': perl(String.raw`
use POSIX qw(floor ceil strftime); use List::Util qw(sum max first shuffle reduce); use Data::Dumper; use Digest::MD5 'md5_hex'; use Digest::SHA 'sha256_hex'; use MIME::Base64; use Time::HiRes 'sleep'; use Encode; use File::Temp; use Storable 'dclone'; use Math::BigInt; use JSON::PP; use Getopt::Long; use Socket;
print floor(-2.5), ceil(2.1), strftime('%Y-%m-%d', gmtime 1700000000), "\n", sum(1..100), max(3, 9, 2), reduce { $a * $b } 1..10; print "\n", md5_hex('x' x 10000), ' ', sha256_hex('abc'), ' ', encode_base64('hello'); $Data::Dumper::Sortkeys = 1; $Data::Dumper::Indent = 1; print Dumper({ a => [1, 2], b => 'x' });
print Math::BigInt->new(2)->bpow(200), "\n", JSON::PP->new->canonical->ascii->encode(decode_json('{"b":[1,2.5,null,true],"a":"\u00e9"}')), "\n", length(encode('UTF-8', "\x{20ac}")), "\n"; my $c = dclone([1, [2]]); print $c->[1][0], "\n"; package Shape { sub new { bless { n => $_[1] }, $_[0] } sub area { 0 } } package Sq { our @ISA = 'Shape'; sub area { $_[0]{n} ** 2 } } print Sq->new(5)->area, "\n";`),
  'perl: one-liners and time': "seq 2000 | perl -ne '$s += $_; END { print \"$s\\n\" }'; printf 'b\\na\\n' > f; perl -i -pe 's/a/A/' f; cat f; perl -le 'print for sort map { $_ ** 2 % 17 } 1..10'; perl -e 'my %c; $c{$_ % 1000}++ for 1..100000; print scalar(keys %c), \" $c{7}\\n\"'; perl -MPOSIX -e 'print strtol(\"ff\", 16), \"\\n\"; printf \"%.10f\\n\", atan2(1, 1) * 4; exit 3'; echo $?; perl -e 'die \"dead\\n\"' 2>&1; echo $?; perl -e 'print \"\\x{263a}\\n\"' 2>/dev/null; perl -V:archname",
  'lua: language': lua(String.raw`
print(7 // 2, -7 // 2, 7 % -3, 2 ^ 0.5, 1 << 62, 0xff ~ 0x0f, math.maxinteger, math.mininteger, 10 / 2, 3 | 4, 1e15, 2^53, 0.1 + 0.2)
local t = {}; for i = 1, 1000 do t[i] = (i * 7919) % 1009 end; table.sort(t); print(t[1], t[500], t[1000], #t, table.concat(t, ',', 1, 5))
print(('hello world'):gsub('o', '0'), ('key=val'):match('(%w+)=(%w+)'), string.format('%5.2f|%-5d|%q|%x', 3.14159, 42, 'a\nb', 255), ('x'):rep(5, '-'), ('abc'):byte(1, -1))
local function fib(n) return n < 2 and n or fib(n - 1) + fib(n - 2) end; print(fib(22)); local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end; return 'end' end); print(co(5), co(6), co(7), co(8))
local mt = setmetatable({}, {__index = function(_, k) return k .. '!' end, __add = function() return 'added' end, __call = function(_, x) return x * 2 end, __close = function() print 'closed' end}); print(mt.foo, mt + 1, mt(21)); do local c <close> = mt end
print(pcall(error, {code = 5}), select('#', 1, nil, 3), pcall(function() local x = nil; return x.y end)); goto done; print 'never'; ::done:: print(utf8.char(8364, 233), utf8.len('é€'), string.pack('<i4d', -2, 1.5):byte(1, -1))
local w = setmetatable({}, {__mode = 'k'}); w[{}] = 1; collectgarbage(); print(next(w), collectgarbage('count') > 0, math.type(1), math.type(1.0), math.tointeger(3.0), tostring(1e100), tonumber('0x1p4'), math.floor(-3.5))`),
  'lua: library': lua(String.raw`
local f = assert(io.open('f', 'w')); for i = 1, 100 do f:write(i, '\n') end; f:close(); local n = 0; for l in io.lines('f') do n = n + tonumber(l) end; print(n, io.open('missing'))
local p = io.popen('echo shell; exit 3'); print(p:read('a'), p:close()); print(os.date('!%Y-%m-%d', 1700000000), os.getenv('TZ'), os.time{year=2024, month=1, day=1, hour=12}, os.rename('f', 'g'), os.remove('g'))
print(load('return 1 + 1')(), string.rep('a', 1000):len(), table.unpack({1, 2, 3})); local s = 0; for i = 1, 300000 do s = s + math.sin(i) * (i % 7) end; print(string.format('%.6f', s)); math.randomseed(42); local r = math.random(); print(r >= 0 and r < 1); print(xpcall(function() error('deep') end, function(m) return 'handled ' .. m end)); os.exit(9)`),
  // system() of glibc 2.41 fails under qemu-user 7.2.
  'lua: a command': { ...lua("print(os.execute('exit 4'))"), stdout: 'nil\texit\t4\n' },
});
