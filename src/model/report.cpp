// SPDX-License-Identifier: BSL-1.0
// What an exploration tells: the table of a failure, the text that replays it, the summary.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "model/explorer.hpp"
#include "model/text.hpp"

namespace holdfast::model {

namespace {

const char* word(mutation::kind what) noexcept {
  switch (what) {
    case mutation::kind::none:
      return "nothing changed";
    case mutation::kind::no_acquire:
      return "acquire removed";
    case mutation::kind::no_release:
      return "release removed";
    case mutation::kind::no_acquire_failing:
      return "acquire of the failure removed";
    case mutation::kind::no_fence:
      return "fence removed";
    case mutation::kind::no_wake:
      return "wake removed";
    case mutation::kind::no_compare:
      return "compare of the futex removed";
    case mutation::kind::no_recheck:
      return "second look removed";
  }
  return "?";
}

}  // namespace

const char* mutation::kind_text() const { return word(what); }

std::string mutation::text() const {
  return detail::text(detail::file_name(file), ":", line, ":", column, " ", word(what));
}

std::string result::summary() const {
  char line[256];
  std::snprintf(line, sizeof line,
                "%s: %s, %llu executions run, %llu covered, %llu pruned, %llu states%s%s, %.2f s",
                name.c_str(), mode.c_str(), static_cast<unsigned long long>(executions),
                static_cast<unsigned long long>(covered), static_cast<unsigned long long>(pruned),
                static_cast<unsigned long long>(states), truncated != 0 ? ", SOME TRUNCATED" : "",
                !failure.empty() ? ", FAILED"
                : finished       ? ""
                                 : ", UNFINISHED",
                seconds);
  return line;
}

scenario::~scenario() {
  for (auto each = ends_.rbegin(); each != ends_.rend(); ++each) each->destroy(each->object);
  // The last first, so that the next scenario finds the same memory for the same parts.
  while (!checks.empty()) checks.pop_back();
  while (!threads.empty()) threads.pop_back();
}

void* scenario::allocate(const char* name, std::size_t size, std::size_t alignment) {
  void* const room =
      detail::explorer::current->allocate(size, std::max<std::size_t>(alignment, 64));
  detail::explorer::current->name_range(name, room, size);
  return room;
}

result explore(const char* name, const options& how, const std::function<void(scenario&)>& build) {
  detail::explorer one(name, how, build);
  return one.run();
}

namespace detail {

std::string explorer::name_of(int location) const {
  const std::string name = name_of(memory_.address_of(static_cast<unsigned>(location)));
  return name.empty() ? text("#", location) : name;
}

std::string explorer::name_of(const void* address) const {
  const auto* const at = static_cast<const char*>(address);
  for (const range& r : ranges_)
    if (at >= r.begin && at < r.begin + r.size)
      return at == r.begin ? r.name : text(r.name, "+", at - r.begin);
  return {};
}

void explorer::trace(std::string text, const where& site) {
  std::string place;
  if (site.line() != 0) place = detail::text(file_name(site.file_name()), ":", site.line());
  rows_.push_back({static_cast<std::uint8_t>(running_), std::move(text), std::move(place)});
  memory_.begin_row(static_cast<unsigned>(rows_.size()) + 1);
}

std::string explorer::table_text() const {
  std::vector<std::size_t> widths(count_ + 1, 8);
  for (const trace_row& row : rows_)
    widths[row.thread] = std::max(widths[row.thread], row.text.size());
  std::string all;
  const auto line = [&](std::size_t number, unsigned thread, const std::string& what,
                        const std::string& place) {
    std::string one = number != 0 ? std::to_string(number) : "";
    one.resize(5, ' ');
    for (unsigned t = 1; t <= count_; ++t) {
      std::string cell = t == thread || thread == 0xff ? what : "";
      if (thread == 0xff) cell = threads_[t].name;
      cell.resize(widths[t] + 2, ' ');
      one += "| ";
      one += cell;
    }
    if (thread == 0) one += text("| ", what, " ");
    all += text(one, "| ", place, "\n");
  };
  line(0, 0xff, "", "");
  for (std::size_t i = 0; i < rows_.size(); ++i)
    line(i + 1, rows_[i].thread, rows_[i].text, rows_[i].place);
  return all;
}

namespace {

std::string escaped(const std::string& plain) {
  std::string all;
  for (const char c : plain) {
    if (c == '<')
      all += "&lt;";
    else if (c == '&')
      all += "&amp;";
    else
      all += c;
  }
  return all;
}

}  // namespace

std::string explorer::table_html() const {
  std::string all =
      text("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>", escaped(name_),
           "</title><style>body{font:14px/1.4 sans-serif;margin:2em}table{border-collapse:collapse}"
           "td,th{padding:.2em .8em;text-align:left;border-left:1px solid #ccc}"
           "tr:nth-child(even){background:#f4f4f4}td:last-child,td:first-child{color:#777}"
           ".old{background:#ffe9b8}.fails{background:#ffc9c9;font-weight:bold}</style><h1>",
           escaped(name_), "</h1><p>", escaped(result_.failure), "</p><p>replay: <code>",
           result_.replay, "</code></p><table><tr><th></th>");
  for (unsigned t = 1; t <= count_; ++t) all += text("<th>", escaped(threads_[t].name), "</th>");
  all += "<th></th></tr>";
  unsigned number = 0;
  for (const trace_row& row : rows_) {
    const char* const kind = row.text.starts_with("FAILS")                  ? " class=fails"
                             : row.text.find(", old)") != std::string::npos ? " class=old"
                                                                            : "";
    all += text("<tr><td>", ++number, "</td>");
    for (unsigned t = 1; t <= count_; ++t) {
      const bool mine = t == row.thread || (row.thread == 0 && t == 1);
      all += mine ? text("<td", kind, ">", escaped(row.text), "</td>") : std::string("<td></td>");
    }
    all += text("<td>", escaped(row.place), "</td></tr>");
  }
  all += "</table></html>\n";
  return all;
}

}  // namespace detail
}  // namespace holdfast::model
