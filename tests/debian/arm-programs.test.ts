// Programs that lean on ARM's floating point, vectors and changing code: the digits that NumPy computes, Guile's compiler; and with
// TSEMU_TEST_MORE set, whose packages are many, encoders of video whose output is the same to the last bit, Node.js, LuaJIT, OCaml.
import { testDebian, type Case } from '../support/debian.ts';

const raw = String.raw;
/** Writes a file of a script's. */
const file = (name: string, text: string): string => `cat > ${name} <<'END'\n${text}\nEND\n`;

const numbers = raw`import numpy as np
r=np.random.RandomState(7)
a=r.standard_normal((60,60)); b=r.standard_normal((60,60))
np.set_printoptions(precision=17)
print((a@b).sum(), np.linalg.det(a), np.linalg.solve(a,b).sum(), np.linalg.svd(a)[1][:5], np.linalg.eigvals(a)[:4])
print(np.fft.fft(a.ravel())[:5], np.sort(a.ravel())[:5], np.exp(a).sum(), np.sin(a).sum(), np.tanh(a).mean(), np.float32(a).sum(), np.float16(a).sum())
print(np.cumsum(a,axis=0)[-1][:5], np.linalg.qr(a)[1][0][:4], np.polyfit(np.arange(60),a[0],5), np.histogram(b,20)[0], np.median(a), np.std(b))
x=r.randint(0,256,(100000),dtype=np.uint8); print(np.bincount(x)[:8], (x.astype(np.float32)**1.5).sum(), np.convolve(x[:500].astype(float),a[0])[:4], (x>>3^x).sum())`;

const scheme = raw`(use-modules (srfi srfi-1) (ice-9 format))
(define (fib n) (if (< n 2) n (+ (fib (- n 1)) (fib (- n 2)))))
(define (fact n) (fold * 1 (iota n 1)))
(format #t "~a ~a ~a\n" (fib 22) (fact 120) (exact->inexact (/ (fact 30) (fact 28))))
(format #t "~a ~a ~a\n" (sqrt 2) (expt 1.1 50) (sort (map (lambda (i) (modulo (* i 7919) 101)) (iota 40)) <))
(call-with-current-continuation (lambda (k) (for-each (lambda (i) (if (= i 5) (k i)) (display i)) (iota 10))))
(newline) (write (catch #t (lambda () (vector-ref (vector 1 2) 9)) (lambda (key . a) key))) (newline)`;

const caml = raw`let rec nq n = let rec go r c d1 d2 = if r = n then 1 else
  let s = ref 0 in for i = 0 to n-1 do
   if not (List.mem i c || List.mem (r+i) d1 || List.mem (r-i) d2) then s := !s + go (r+1) (i::c) ((r+i)::d1) ((r-i)::d2) done; !s in go 0 [] [] []
module M = Map.Make(String)
let () = Printf.printf "%d\n" (nq 7);
  let m = List.fold_left (fun m i -> M.add (string_of_int (i*7919 mod 1009)) (float i /. 3.) m) M.empty (List.init 2000 Fun.id) in
  M.iter (fun k v -> if String.length k < 2 then Printf.printf "%s=%h " k v) m;
  Printf.printf "\n%.17g %Ld\n" (List.fold_left (+.) 0. (List.init 5000 (fun i -> sin (float i)))) (Int64.div (Int64.shift_left 1L 62) 7L)`;

const script = raw`const crypto=require('crypto'),zlib=require('zlib');
let s=0; for(let i=0;i<3e6;i++) s=(s+Math.imul(i,2654435761)^i)>>>0;
console.log(process.arch,s);
const m={}; for(let i=0;i<50000;i++) m['k'+(i*7919%1009)]=(m['k'+(i*7919%1009)]||0)+Math.sqrt(i);
console.log(Object.values(m).reduce((a,b)=>a+b,0), 10n**60n/7n);
console.log(crypto.createHash('sha256').update('abc'.repeat(10000)).digest('hex'), zlib.gunzipSync(zlib.gzipSync('x'.repeat(1e5))).length);
console.log([..."hello wörld"].map(c=>c.codePointAt(0)).join(), JSON.stringify(JSON.parse('{"a":[1,2.5e10,null]}')), /(\d+)-(?<n>\w+)/.exec('12-ab').groups.n);
class A{#x=1;get x(){return this.#x}}; console.log(new A().x, new Float32Array([1.1,2.2,3.3]).map(x=>x*1.1).join());
const f=new Float64Array(1e5).map((_,i)=>Math.sin(i)); console.log(f.sort().slice(0,3).join(), f.reduce((a,b)=>a+b));
(async()=>{await new Promise(r=>setTimeout(r,10)); const {Worker}=require('worker_threads'); new Worker('require("worker_threads").parentPort.postMessage(6*7)',{eval:true}).on('message',v=>console.log('worker',v));})();`;

const lua = raw`local ffi, bit = require('ffi'), require('bit')
print((jit.status()), jit.arch)
local h = 0 for i = 1, 3e6 do h = bit.bxor(bit.rol(h, 5), bit.tobit(i * 40503)) end print(bit.tohex(h))
local function sieve(n) local p, c = ffi.new('uint8_t[?]', n + 1), 0
  for i = 2, n do if p[i] == 0 then c = c + 1 for j = i * i, n, i do p[j] = 1 end end end return c end
for i = 1, 5 do io.write(sieve(1e5 * i), ' ') end print()
local t = {} for i = 1, 2e5 do t['k' .. i * 7919 % 1009] = (t['k' .. i * 7919 % 1009] or 0) + math.sqrt(i) end
local s = 0 for i = 0, 1008 do s = s + (t['k' .. i] or 0) end print(string.format('%.14g', s))
-- Traces that are thrown away and made anew, each for code that was compiled at run time
for i = 1, 200 do local f = loadstring('local s = 0 for i = 1, 2000 do s = s + i % ' .. i .. ' end return s') h = bit.bxor(h, f()) if i % 40 == 0 then jit.flush() end end print(bit.tohex(h))
local co = coroutine.wrap(function() for i = 1, 1e5 do coroutine.yield(i * 0.5) end end) s = 0 for i = 1, 1e5 do s = s + co() end print(s)
ffi.cdef('int snprintf(char *, size_t, const char *, ...);') local b = ffi.new('char[64]') for i = 1, 2000 do ffi.C.snprintf(b, 64, '%d %.3f', ffi.cast('int', i), i / 7) end print(ffi.string(b))
print(pcall(function() local x = 0 for i = 1, 1e4 do if i == 9999 then error('out of a trace', 0) end x = x + i end end))`;

/** Five small pictures, all of whose lines differ. */
const pictures = raw`import math, sys
for f in range(5):
    sys.stdout.buffer.write(bytes((x * 5 + y * 3 + f * 11 + int(40 * math.sin(x * y / 50))) & 255 for y in range(48) for x in range(64)))
    sys.stdout.buffer.write(bytes((x * 3 + f * 5) & 255 for y in range(24) for x in range(32)) + bytes((y * 7 + f) & 255 for y in range(24) for x in range(32)))`;

/** What Debian's alternatives would lead to. */
const algebra = 'export LD_LIBRARY_PATH=/usr/lib/arm-linux-gnueabihf/blas:/usr/lib/arm-linux-gnueabihf/lapack:/usr/lib/arm-linux-gnueabihf/pulseaudio\n';

const more: Readonly<Record<string, Case>> = {
  'ffmpeg encodes and decodes': { script: `${algebra}ffmpeg -v error -threads 1 -f lavfi -i testsrc2=size=160x120:rate=10:duration=1 -f lavfi -i sine=frequency=440:duration=1 -c:v libx264 -threads 1 -c:a flac -fflags +bitexact -flags:v +bitexact clip.mkv; echo $?; md5sum < clip.mkv; ffmpeg -v error -threads 1 -i clip.mkv -f framemd5 -; ffmpeg -v error -threads 1 -f lavfi -i mandelbrot=size=128x96:rate=5 -t 1 -c:v mpeg4 -threads 1 -bitexact -flags bitexact -f avi m.avi; echo $?; md5sum < m.avi`, timeout: 300 },
  'x264 encodes': { script: `${algebra}${file('p.py', pictures)}python3 p.py > clip.yuv; x264 --quiet --threads 1 --input-res 64x48 --fps 5 -o c.264 clip.yuv 2> /dev/null; echo $?; md5sum < c.264`, timeout: 120 },
  'node': { script: `${file('n.cjs', script)}node n.cjs; echo $?`, timeout: 300 },
  'luajit': { script: `${file('l.lua', lua)}luajit l.lua; echo $?; luajit -joff l.lua; echo $?`, timeout: 120 },
  'ocaml': { script: `${file('o.ml', caml)}ocamlc.byte -o o o.ml && ocamlrun o; echo $?`, timeout: 120 },
};

testDebian('arm-programs', {
  'numpy': { script: `${algebra}${file('n.py', numbers)}python3 n.py; echo $?`, timeout: 180 },
  'guile': { script: `${file('g.scm', scheme)}guile-3.0 --no-auto-compile g.scm; echo $?`, timeout: 120 },
  ...(process.env.TSEMU_TEST_MORE ? more : {}),
}, undefined, ['arm']);
