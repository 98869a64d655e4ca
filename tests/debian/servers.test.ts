// Servers with their clients over the loopback.
import { testDebian } from '../support/debian.ts';

const nginx = String.raw`mkdir -p www logs; seq 20000 > www/big; echo 'index page' > www/index.html
cat > nginx.conf <<E
worker_processes 2; daemon off; pid $PWD/nginx.pid; error_log $PWD/logs/error.log; user root;
events { worker_connections 64; }
http { access_log $PWD/logs/access.log; client_body_temp_path $PWD/b; proxy_temp_path $PWD/p; fastcgi_temp_path $PWD/f; uwsgi_temp_path $PWD/u; scgi_temp_path $PWD/s;
  gzip on; gzip_types text/plain; default_type text/plain; sendfile on;
  server { listen 127.0.0.1:$PORT; root $PWD/www; location /hello { return 200 "hello\n"; } location /old { return 301 /new; } } }
E
`;
const get = (path: string, extra = '') => `printf 'GET ${path} HTTP/1.0\\r\\n${extra}\\r\\n' | busybox nc 127.0.0.1 $PORT`;
const started = 'i=0; until (exec 3<> /dev/tcp/127.0.0.1/$PORT) 2>/dev/null || [ $i -gt 100 ]; do sleep 0.1; i=$((i+1)); done; ';

testDebian('servers', {
  'redis': {
    script: `redis-server --port $PORT --save '' --daemonize no --logfile redis.log > /dev/null & ${started}
r() { redis-cli -p $PORT "$@"; }
r ping; r set k v; r get k; r incrby n 41; r incr n; r rpush l a b c; r lrange l 0 -1; r hset h f 1 g 2; r hgetall h; r sadd s x y z; r scard s; r zadd z 1 one 2 two; r zrange z 0 -1 withscores; r expire k 100; [ $(r ttl k) -gt 50 ] && echo expires; r eval 'return redis.call("get", KEYS[1]) .. ARGV[1]' 1 k '!'; r nosuch; seq 500 | sed 's/.*/set key& value&/' | r > out; sort out | uniq -c; r dbsize; r setbit b 7 1; r bitcount b; r pfadd p 1 2 3; r pfcount p; r xadd x 1-1 f v; r xlen x; r bgsave > /dev/null; sleep 1; r lastsave > /dev/null; ls dump.rdb; r shutdown nosave; wait; echo stopped`,
    shell: 'bash', timeout: 90,
  },
  'redis persists': {
    script: `start() { redis-server --port $PORT --appendonly yes --dir . --daemonize no --logfile redis.log > /dev/null & ${started} }
start; for i in 1 2 3; do redis-cli -p $PORT lpush list $i; done; redis-cli -p $PORT save; redis-cli -p $PORT shutdown; wait; start; while redis-cli -p $PORT llen list | grep -q LOADING; do sleep 0.1; done; redis-cli -p $PORT lrange list 0 -1; redis-cli -p $PORT info server | grep -c redis_version; redis-cli -p $PORT --pipe < /dev/null | tail -n 1; redis-cli -p $PORT shutdown; wait; ls dump.rdb`,
    shell: 'bash', timeout: 90,
  },
  'nginx serves files': {
    script: `${nginx}nginx -c $PWD/nginx.conf -p $PWD & ${started}
${get('/index.html')} | tail -n 1; ${get('/big')} | sed '1,/^.$/d' | md5sum; ${get('/hello')} | tail -n 1; ${get('/missing')} | head -n 1; ${get('/old')} | grep -i location; ${get('/big', 'Range: bytes=0-9\\r\\n')} | head -n 1; ${get('/big', 'Accept-Encoding: gzip\\r\\n')} | grep -ac 'gzip'; for i in 1 2 3 4; do ${get('/index.html')} | tail -n 1 > o$i & p="$p $!"; done; wait $p; cat o?; kill -HUP $(cat nginx.pid); sleep 1; ${get('/hello')} | tail -n 1; kill -QUIT $(cat nginx.pid); wait; wc -l < logs/access.log`,
    shell: 'bash', timeout: 90,
  },
});
