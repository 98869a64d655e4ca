//> exit: 6
// Exceptions through frames with destructors, from constructors, rethrown, by base class, in threads; RTTI.
//> flags: -pthread
#include <cstdio>
#include <exception>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>

struct Loud {
  const char *name;
  explicit Loud(const char *n) : name(n) { std::printf("+%s ", name); }
  ~Loud() { std::printf("-%s ", name); }
};
struct Base {
  virtual ~Base() = default;
  virtual int kind() const { return 0; }
};
struct Left : virtual Base {
  int kind() const override { return 1; }
  int left = 10;
};
struct Right : virtual Base {
  int right = 20;
};
struct Both : Left, Right {
  int kind() const override { return 3; }
};

static int depth(int n) {
  Loud loud("frame");
  if (n == 0) throw std::runtime_error("deep");
  return depth(n - 1) + 1;
}
struct Fails {
  Loud first{"member"};
  Fails() { throw 5; }
};

int main() {
  try {
    depth(3);
  } catch (const std::exception &e) {
    std::printf("caught %s\n", e.what());
  }
  try {
    Fails f;
  } catch (int i) {
    std::printf("int %d\n", i);
  }
  try {
    try {
      throw std::out_of_range("inner");
    } catch (std::logic_error &e) {
      std::printf("%s again\n", e.what());
      throw;
    }
  } catch (...) {
    std::puts("all");
  }
  try {
    (void)std::string("abc").at(10);
  } catch (std::out_of_range &) {
    std::puts("range");
  }
  std::unique_ptr<Base> p = std::make_unique<Both>();
  std::printf("%d %d %s\n", p->kind(), dynamic_cast<Right *>(p.get())->right, typeid(*p).name());
  std::printf("%d\n", dynamic_cast<Both *>(std::make_unique<Left>().get()) == nullptr);
  try {
    Base b;
    (void)dynamic_cast<Left &>(b);
  } catch (std::bad_cast &) {
    std::puts("bad cast");
  }
  auto f = std::async(std::launch::async, []() -> int { throw std::domain_error("thread"); });
  try {
    f.get();
  } catch (std::domain_error &e) {
    std::puts(e.what());
  }
  int sum = 0;
  for (int i = 0; i < 300; i++) try {
      if (i % 3 == 0) throw i;
      sum += 1;
    } catch (int x) {
      sum += x;
    }
  std::printf("%d\n", sum);
  std::exception_ptr kept;
  try {
    throw std::logic_error("kept");
  } catch (...) {
    kept = std::current_exception();
  }
  try {
    std::rethrow_exception(kept);
  } catch (std::exception &e) {
    std::puts(e.what());
  }
  std::set_terminate([] {
    std::puts("terminated");
    std::fflush(stdout);
    std::_Exit(6);
  });
  throw 1;
}
