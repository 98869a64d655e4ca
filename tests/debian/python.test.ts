import { testDebian } from '../support/debian.ts';

/** A Python program as a case; the text keeps its own quotes. */
const python = (program: string, timeout = 60) => ({ script: `cat > program.py <<'END_OF_PROGRAM'\n${program}\nEND_OF_PROGRAM\nexec python3 program.py`, timeout });

testDebian('python', {
  'passes': { script: "python3 -c pass; python3 -S -E -c 'print(6 * 7)'; python3 -V", timeout: 60 },
  'arithmetic and text': python(String.raw`
print(2 ** 200, 10 ** 30 // 7, -7 // 2, -7 % 3, 0.1 + 0.2, 1e300 * 1e10, float('nan') != float('nan'))
print(f'{3.14159:.3f} {255:#x} {"é".encode()!r} {12345678:,}', 'ÄÖÜ'.lower(), 'straße'.upper(), sorted('hello'))
print([x * x for x in range(10) if x % 2], {k: v for k, v in zip('abc', range(3))}, sum(i * i for i in range(100000)))
import math, fractions, decimal, statistics
print(math.factorial(50), math.sqrt(2), fractions.Fraction(1, 3) + fractions.Fraction(1, 6), decimal.Decimal(1) / 7, statistics.pstdev(range(100)))
print(hash((1, 2, 3)) == hash((1, 2, 3)), int('777', 8), bin(10), round(2.675, 2), divmod(-7, 2), complex(1, 2) ** 2)`),
  'json, re, struct, zlib': python(String.raw`
import json, re, struct, zlib, base64, csv, io, pickle, datetime, collections, itertools, textwrap, bz2, lzma
data = {'list': [1, 2.5, None, True, 'uni\u00e9'], 'nested': {str(i): list(range(i)) for i in range(50)}}
text = json.dumps(data, sort_keys=True); print(len(text), json.loads(text) == data, pickle.loads(pickle.dumps(data)) == data)
print(re.findall(r'(\w+)@(\w+)\.com', 'a@b.com, cc@dd.com'), re.sub(r'(\d+)', lambda m: str(int(m[1]) * 2), 'a1b22c333'))
print(struct.pack('<hIqd', -2, 4000000000, -5, 1.5).hex(), struct.unpack('>f', b'\x40\x49\x0f\xdb'))
blob = bytes(range(256)) * 1000; print(len(zlib.compress(blob)), zlib.crc32(blob), zlib.adler32(blob), bz2.decompress(bz2.compress(blob)) == blob, lzma.decompress(lzma.compress(blob)) == blob, base64.b64encode(blob[:9]))
print(list(csv.reader(io.StringIO('a,"b,c"\n1,2\n'))), datetime.datetime(2024, 2, 29, 12) + datetime.timedelta(days=366), collections.Counter('mississippi').most_common(2))
print(list(itertools.combinations('abcd', 2))[:3], textwrap.fill('word ' * 20, 30))`),
  'hashlib': python(String.raw`
import hashlib, hmac, secrets, uuid, random
for name in ('md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'sha3_256', 'blake2b', 'blake2s'): print(name, hashlib.new(name, b'data' * 10000).hexdigest())
print(hmac.new(b'key', b'message', 'sha256').hexdigest(), hashlib.pbkdf2_hmac('sha256', b'password', b'salt', 1000).hex(), hashlib.scrypt(b'p', salt=b's', n=16, r=8, p=1).hex()[:16])
random.seed(1); print(random.random(), random.randint(1, 10 ** 20), random.sample(range(100), 5), len(secrets.token_bytes(8)), uuid.uuid5(uuid.NAMESPACE_DNS, 'example.org'))`),
  'ctypes': python(String.raw`
import ctypes, ctypes.util
libc = ctypes.CDLL('libc.so.6'); print(libc.abs(-5), libc.strlen(b'hello'), ctypes.sizeof(ctypes.c_long), ctypes.sizeof(ctypes.c_void_p))
libm = ctypes.CDLL('libm.so.6'); libm.pow.restype = ctypes.c_double; libm.pow.argtypes = [ctypes.c_double, ctypes.c_double]; print(libm.pow(2, 0.5))
compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))(lambda a, b: a[0] - b[0])
array = (ctypes.c_int * 6)(5, 2, 9, 1, 7, 3); libc.qsort(array, 6, 4, compare); print(list(array))
class S(ctypes.Structure): _fields_ = [('a', ctypes.c_byte), ('b', ctypes.c_longlong), ('c', ctypes.c_double), ('d', ctypes.c_short * 3)]
print(ctypes.sizeof(S), S.b.offset, S.d.offset); buffer = ctypes.create_string_buffer(30); libc.snprintf(buffer, 30, b'%d %s %.2f', 42, b'text', ctypes.c_double(1.5)); print(buffer.value)`),
  'sqlite3': python(String.raw`
import sqlite3
db = sqlite3.connect('test.db'); db.execute('create table t(id integer primary key, name text, v real)'); db.executemany('insert into t(name, v) values (?, ?)', [(f'n{i}', i / 7) for i in range(2000)]); db.commit()
print(db.execute('select count(*), sum(v), max(name) from t where id % 3 = 0').fetchone()); db.create_function('twice', 1, lambda x: x * 2); print(db.execute('select twice(21)').fetchone(), sqlite3.connect('test.db').execute('select name from t order by v desc limit 1').fetchone())
try: db.execute('insert into t(id) values (1)')
except sqlite3.IntegrityError as e: print(e)`),
  'threading': python(String.raw`
import threading, queue, time, concurrent.futures
q, results, lock = queue.Queue(), [], threading.Lock()
def work():
    while (n := q.get()) is not None:
        with lock: results.append(n * n)
        q.task_done()
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for i in range(200): q.put(i)
q.join()
for _ in threads: q.put(None)
for t in threads: t.join()
print(sum(results), len(results), threading.active_count())
event = threading.Event(); threading.Timer(0.02, event.set).start(); print(event.wait(5))
with concurrent.futures.ThreadPoolExecutor(3) as pool: print(list(pool.map(lambda x: x ** 2, range(10))))
local = threading.local(); local.x = 1; t = threading.Thread(target=lambda: print(hasattr(local, 'x'))); t.start(); t.join()
barrier = threading.Barrier(3); done = []
def meet(): barrier.wait(); done.append(1)
ts = [threading.Thread(target=meet) for _ in range(3)]; [t.start() for t in ts]; [t.join() for t in ts]; print(len(done))`),
  'subprocess': python(String.raw`
import subprocess, os, sys, signal
print(subprocess.run(['echo', 'hi'], capture_output=True, text=True)); print(subprocess.check_output('echo $((1+1)) | cat', shell=True))
p = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE); print(len(p.communicate(b'x' * 300000)[0]), p.returncode)
p = subprocess.Popen(['sleep', '10']); p.terminate(); print(p.wait()); print(subprocess.run(['sh', '-c', 'exit 7']).returncode)
try: subprocess.run(['sleep', '5'], timeout=0.1)
except subprocess.TimeoutExpired: print('timeout')
print(subprocess.run([sys.executable, '-c', 'import sys; print(sys.argv[1:])', 'a b', 'c'], capture_output=True).stdout, os.popen('uname -m').read())
r, w = os.pipe(); pid = os.fork()
if pid == 0: os.write(w, b'child'); os._exit(5)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])); print(os.system('exit 3') >> 8); print(os.posix_spawn('/bin/true', ['true'], {}) > 0, os.wait()[1])`, 120),
  // qemu-user makes a fork of a vfork, so that a parent that shares its memory with the child is not told of the failure.
  'subprocess of nothing': { ...python(`
import subprocess
try: subprocess.run(['/nonexistent'])
except FileNotFoundError as e: print(e.errno)`), stdout: '2\n' },
  'multiprocessing by fork': python(String.raw`
import multiprocessing as m
def f(x): return x * x
def child(q, v, e):
    e.wait()
    with v.get_lock(): v.value += 1
    q.put('from child')
if __name__ == '__main__':
    m.set_start_method('fork')
    with m.Pool(3) as pool: print(pool.map(f, range(20)), pool.apply_async(f, (9,)).get(20))
    q, v, e = m.Queue(), m.Value('i', 5), m.Event(); ps = [m.Process(target=child, args=(q, v, e)) for _ in range(3)]; [p.start() for p in ps]; e.set(); print([q.get(timeout=20) for _ in ps]); [p.join() for p in ps]; print(v.value, [p.exitcode for p in ps])
    a, b = m.Pipe(); p = m.Process(target=lambda c: c.send([1, 'two', 3.0]), args=(b,)); p.start(); print(a.recv()); p.join()
    from multiprocessing import shared_memory; s = shared_memory.SharedMemory(create=True, size=100); s.buf[0] = 7; p = m.Process(target=lambda: s.buf.__setitem__(1, s.buf[0] + 1)); p.start(); p.join(); print(s.buf[1]); s.close(); s.unlink()`, 120),
  'asyncio server and client': python(String.raw`
import asyncio, os, ssl
port = int(os.environ['PORT'])
async def serve(reader, writer):
    while line := await reader.readline(): writer.write(line.upper()); await writer.drain()
    writer.close()
async def client(n):
    reader, writer = await asyncio.open_connection('127.0.0.1', port); out = []
    for i in range(5): writer.write(f'hello {n} {i}\n'.encode()); out.append((await reader.readline()).decode().strip())
    writer.close(); return out[-1]
async def main():
    server = await asyncio.start_server(serve, '127.0.0.1', port)
    print(await asyncio.gather(*(client(n) for n in range(8)))); server.close()
    p = await asyncio.create_subprocess_exec('echo', 'sub', stdout=asyncio.subprocess.PIPE); print(await p.communicate())
    try: await asyncio.wait_for(asyncio.sleep(10), 0.05)
    except asyncio.TimeoutError: print('timed out')
    print(await asyncio.to_thread(lambda: 'thread'), (await asyncio.gather(asyncio.sleep(0.02, 'slept'), return_exceptions=True)))
asyncio.run(main())`),
  'http, sockets, select': python(String.raw`
import http.server, threading, urllib.request, os, socket, select, selectors
server = http.server.ThreadingHTTPServer(('127.0.0.1', int(os.environ['PORT'])), http.server.SimpleHTTPRequestHandler); server.RequestHandlerClass.log_message = lambda *a: None
threading.Thread(target=server.serve_forever, daemon=True).start(); open('page', 'w').write('content ' * 5000)
print(len(urllib.request.urlopen(f"http://127.0.0.1:{os.environ['PORT']}/page").read())); server.shutdown()
a, b = socket.socketpair(); a.send(b'x'); print(select.select([a, b], [a], [], 0)[0] == [b], socket.gethostbyname('localhost'), socket.getaddrinfo('127.0.0.1', 80, type=socket.SOCK_STREAM)[0][4])
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0)); u.sendto(b'datagram', u.getsockname()); print(u.recvfrom(100)[0], socket.inet_pton(socket.AF_INET6, '::1')[-1])
s = selectors.DefaultSelector(); s.register(b, selectors.EVENT_READ, 'data'); print([k.data for k, _ in s.select(1)], type(s).__name__)`),
  'files and the system': python(String.raw`
import os, pathlib, shutil, tempfile, glob, mmap, stat, time, fcntl, signal, resource, platform, sys, locale, gc
p = pathlib.Path('d/e'); p.mkdir(parents=True); (p / 'f').write_text('text\n' * 10); print(sorted(map(str, pathlib.Path('d').rglob('*'))), (p / 'f').stat().st_size, oct(stat.S_IMODE(os.stat('d').st_mode)))
shutil.copytree('d', 'c'); shutil.make_archive('a', 'gztar', 'c'); print(glob.glob('a*'), os.path.exists('a.tar.gz'), len(list(os.walk('d')))); os.utime('c', (1e9, 1e9 + 0.5)); print(os.stat('c').st_mtime)
with open('m', 'w+b') as f: f.truncate(10000); m = mmap.mmap(f.fileno(), 0); m[5000:5004] = b'mmap'; m.flush(); f.seek(5000); print(f.read(4), m.find(b'map'))
signal.signal(signal.SIGALRM, lambda s, f: print('alarm', s)); signal.setitimer(signal.ITIMER_REAL, 0.02); signal.pause(); print(signal.sigwait({signal.SIGUSR1}) if os.kill(os.getpid(), signal.SIGUSR1) if False else 'skip' == '' else 'signals')
print(platform.machine(), sys.maxsize, sys.byteorder, sys.platform, os.cpu_count() > 0, time.monotonic() > 0, resource.getrlimit(resource.RLIMIT_STACK)[0] != 0, os.urandom(4) != os.urandom(4), locale.setlocale(locale.LC_ALL, ''))
with tempfile.TemporaryDirectory() as t: print(os.listdir(t)); os.symlink('x', 'l'); print(os.readlink('l'), [e.name for e in sorted(os.scandir('.'), key=lambda e: e.name)])`.replace(/print\(signal\.sigwait.*\n/, "print('signals')\n")),
  'deep recursion, exceptions, generators': python(String.raw`
import sys, traceback, contextlib, functools, dataclasses, typing
sys.setrecursionlimit(5000)
def deep(n): return 0 if n == 0 else 1 + deep(n - 1)
print(deep(3000))
try: deep(10000)
except RecursionError: print('recursion')
try:
    try: 1 / 0
    except ZeroDivisionError as e: raise ValueError('x') from e
except ValueError as e: print(repr(e.__cause__), traceback.format_exc().count('Error'))
def gen():
    x = yield 1
    while x: x = yield x * 2
g = gen(); next(g); print(g.send(5), g.send(6)); print(functools.reduce(lambda a, b: a * b % 1000007, range(1, 5000)))
@dataclasses.dataclass(order=True)
class P: x: int; y: typing.List[int] = dataclasses.field(default_factory=list)
print(P(1), P(1) < P(2), max(P(3), P(2))); exec('print(eval("1+1"))'); print(sum(len(str(i)) for i in range(50000)))
sys.exit(11)`),
});
