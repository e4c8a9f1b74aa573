// SPDX-License-Identifier: BSL-1.0
// Workload `words`: threads count the words of a text in a map of which each part has its own lock.
//
// The budget, with 14 contenders and 7 rounds: 0.2 s a contender and round, 20 s.
#include <array>
#include <atomic>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string_view>
#include <unordered_map>

#include <fmt/core.h>

#include "contenders/lists.hpp"
#include "workloads/together.hpp"

namespace bench {
namespace {

using measured = contended_mutexes;

constexpr unsigned shard_count = 64;

using words = std::vector<std::string_view>;
using counts = std::unordered_map<std::string_view, long>;

// The documents of the source tree, in the order of their names; without a tree a rhyme.
std::string read_text() {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  std::error_code none;
  for (const auto& each : fs::recursive_directory_iterator(HOLDFAST_BENCH_DOCUMENTS, none))
    if (each.path().extension() == ".md") files.push_back(each.path());
  std::ranges::sort(files);
  std::string text;
  for (const fs::path& each : files) {
    std::ifstream file(each);
    text.append(std::istreambuf_iterator<char>(file), {});
  }
  if (text.empty())
    for (int i = 0; i < 1000; ++i)
      text += "as I was going to St Ives I met a man with seven wives each wife had seven sacks ";
  return text;
}

words split(std::string_view text) {
  const auto is_letter = [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; };
  words all;
  for (auto begin = text.begin(); begin != text.end();) {
    begin = std::find_if(begin, text.end(), is_letter);
    const auto end = std::find_if_not(begin, text.end(), is_letter);
    if (begin != end) all.emplace_back(begin, end);
    begin = end;
  }
  return all;
}

const words& all_words() {
  static const std::string text = read_text();
  static const words found = split(text);
  return found;
}

// Where thread `number` of `threads` begins to read.
std::size_t first_word(unsigned number, unsigned threads) {
  return all_words().size() * number / threads;
}

// What the threads must have counted: `done` words each, around and around.
counts expected_counts(const std::vector<std::uint64_t>& done) {
  const words& text = all_words();
  std::vector<long> readings(text.size());
  for (unsigned i = 0; i < done.size(); ++i) {
    const std::size_t first = first_word(i, static_cast<unsigned>(done.size()));
    for (std::size_t place = 0; place < text.size(); ++place) {
      const std::size_t place_in_reading = (place + text.size() - first) % text.size();
      readings[place] += static_cast<long>(done[i] / text.size() +
                                           (place_in_reading < done[i] % text.size() ? 1 : 0));
    }
  }
  counts expected;
  for (std::size_t place = 0; place < text.size(); ++place)
    if (readings[place] != 0) expected[text[place]] += readings[place];
  return expected;
}

template <class Cell>
struct shard {
  Cell lock;
  counts words;
};

template <class Cell>
throughput sample_words(unsigned threads, std::chrono::milliseconds window) {
  const words& text = all_words();
  const auto shards = std::make_unique<std::array<shard<Cell>, shard_count>>();
  std::vector<std::uint64_t> done(threads);
  const auto run = [&](unsigned number, const std::atomic<bool>& over) {
    std::size_t next = first_word(number, threads);
    std::uint64_t counted = 0;
    for (; !over.load(std::memory_order_relaxed); ++counted) {
      const std::string_view word = text[next];
      auto& part = (*shards)[std::hash<std::string_view>()(word) / 1021 % shard_count];
      part.lock.with([&](long&) { ++part.words[word]; });
      if (++next == text.size()) next = 0;
    }
    return done[number] = counted;
  };
  throughput result = run_together(threads, window, run);
  counts all;
  for (const auto& each : *shards) all.insert(each.words.begin(), each.words.end());
  result.correct = all == expected_counts(done);
  return result;
}

}  // namespace

outcome run_words(const settings& how, random_source& random) {
  together_tasks all;
  for (const unsigned threads : threads_of(how, {2, 8}, {2, 8})) {
    const auto window = window_for(threads, how.quick);
    add_tasks<measured>(
        all, how, {{"shards", shard_count}, {"threads", threads}}, [&]<class Contender> {
          return [=] {
            return sample_words<typename Contender::template cell<beside>>(threads, window);
          };
        });
  }
  outcome result =
      measure_together("words", all, how, random, [](const auto& tasks, const auto& samples) {
        print_together("counting words", tasks, samples);
      });
  fmt::print("{} words of the documents, around and around\n", all_words().size());
  result.results["words_of_text"] = all_words().size();
  return result;
}

}  // namespace bench
