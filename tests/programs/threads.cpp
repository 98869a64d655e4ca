// std::thread, mutexes, condition variables, futures, atomics, thread-local objects.
//> flags: -pthread
#include <atomic>
#include <condition_variable>
#include <future>
#include <iostream>
#include <mutex>
#include <queue>
#include <shared_mutex>
#include <thread>
#include <vector>

thread_local std::vector<int> local;
template <class T>
class Queue {
  std::queue<T> q;
  std::mutex m;
  std::condition_variable c;

 public:
  void push(T v) {
    {
      std::lock_guard g(m);
      q.push(std::move(v));
    }
    c.notify_one();
  }
  T pop() {
    std::unique_lock g(m);
    c.wait(g, [&] { return !q.empty(); });
    T v = std::move(q.front());
    q.pop();
    return v;
  }
};
struct alignas(8) Pair {
  int a, b;
};

int main() {
  Queue<int> work;
  Queue<long long> done;
  std::vector<std::thread> crew;
  for (int i = 0; i < 3; i++)
    crew.emplace_back([&] {
      for (int n; (n = work.pop()) >= 0;) {
        local.push_back(n);
        long long sum = 0;
        for (int k = 1; k <= n; k++) sum += k * (long long)k;
        done.push(sum);
      }
      done.push(-(long long)local.size());
    });
  for (int i = 0; i < 100; i++) work.push(i * 10);
  for (int i = 0; i < 3; i++) work.push(-1);
  long long sum = 0, tasks = 0;
  for (int i = 0; i < 103; i++) {
    long long r = done.pop();
    if (r < 0 || (r == 0 && tasks == -100))
      tasks += r;
    else
      sum += r;
  }
  for (auto &t : crew) t.join();
  std::cout << sum << ' ' << tasks << '\n';
  std::atomic<Pair> pair{Pair{0, 0}};
  std::vector<std::thread> more;
  for (int i = 0; i < 2; i++)
    more.emplace_back([&] {
      for (int k = 0; k < 1000; k++) {
        Pair old = pair.load();
        while (!pair.compare_exchange_weak(old, Pair{old.a + 1, old.b - 1}));
      }
    });
  for (auto &t : more) t.join();
  std::cout << pair.load().a << ' ' << pair.load().b << '\n';
  auto fib = [](auto self, int n) -> int { return n < 2 ? n : self(self, n - 1) + self(self, n - 2); };
  auto a = std::async(std::launch::async, fib, fib, 15), b = std::async(std::launch::deferred, fib, fib, 12);
  std::cout << a.get() + b.get() << '\n';
  std::promise<std::string> promise;
  std::thread t([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    promise.set_value("promised");
  });
  std::cout << promise.get_future().get() << '\n';
  t.join();
  std::shared_mutex rw;
  int value = 0;
  {
    std::vector<std::thread> v;
    for (int i = 0; i < 4; i++)
      v.emplace_back([&, i] {
        for (int k = 0; k < 100; k++)
          if (i == 0) {
            std::unique_lock g(rw);
            value++;
          } else {
            std::shared_lock g(rw);
            (void)value;
          }
      });
    for (auto &x : v) x.join();
  }
  std::cout << value << '\n';
  std::once_flag once;
  int calls = 0;
  for (int i = 0; i < 3; i++) std::call_once(once, [&] { calls++; });
  std::cout << calls << std::endl;
}
