//> stdin: 21.5\n
// The standard library: streams, containers, algorithms, regular expressions, chrono, random numbers.
//> modes: thumb,arm O2 static,dynamic
#include <algorithm>
#include <bitset>
#include <chrono>
#include <deque>
#include <fstream>
#include <functional>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <numeric>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <unordered_map>
#include <vector>

int main() {
  std::map<std::string, int> words;
  std::istringstream in("the cat and the dog and the bird");
  for (std::string w; in >> w;) words[w]++;
  for (auto &[w, n] : words) std::cout << w << '=' << n << ' ';
  std::cout << std::endl;
  std::mt19937 random(42);
  std::vector<int> v(10000);
  std::generate(v.begin(), v.end(), [&] { return random() % 100000; });
  auto sorted = v;
  std::sort(sorted.begin(), sorted.end());
  std::stable_sort(v.begin(), v.end(), std::greater<>());
  std::cout << sorted[0] << ' ' << sorted[5000] << ' ' << v[0] << ' ' << std::accumulate(v.begin(), v.end(), 0LL)
            << '\n';
  std::unordered_map<int, std::string> table;
  for (int i = 0; i < 5000; i++) table[i * 7919 % 10007] = std::to_string(i);
  long sum = 0;
  for (auto &[k, s] : table) sum += k * (long)s.size();
  std::cout << table.size() << ' ' << sum << '\n';
  std::set<double> s{3.5, 1.25, 2};
  std::list<char> l{'c', 'a', 'b'};
  l.sort();
  std::deque<int> d;
  for (int i = 0; i < 100; i++) (i % 2 ? d.push_back(i) : d.push_front(i));
  std::cout << *s.begin() << l.front() << d.front() << d.back() << '\n';
  std::cout << std::hex << std::setw(8) << std::setfill('0') << 0xbeef << std::dec << ' ' << std::fixed
            << std::setprecision(3) << 3.14159 << ' ' << std::scientific << 12345.678 << ' ' << std::boolalpha << true
            << '\n';
  std::smatch m;
  std::string text = "date: 2024-03-15";
  if (std::regex_search(text, m, std::regex(R"((\d+)-(\d+)-(\d+))"))) std::cout << m[1] << '/' << m[3] << '\n';
  std::ofstream("out.txt") << "line 1\nline 2\n" << 77;
  std::ifstream file("out.txt");
  std::string line;
  int n = 0;
  while (std::getline(file, line)) n += line.size();
  std::cout << n << '\n';
  using namespace std::chrono_literals;
  std::cout << std::chrono::duration_cast<std::chrono::milliseconds>(1h + 2min + 3s).count() << ' '
            << std::bitset<8>(0xa5) << '\n';
  std::normal_distribution<double> normal;
  double total = 0;
  for (int i = 0; i < 1000; i++) total += normal(random);
  std::cout << std::setprecision(6) << total << '\n';
  std::string number;
  std::cin >> number;
  std::cout << std::stod(number) * 2 << ' ' << std::stoll("-99999999999") << '\n';
}
