// SPDX-License-Identifier: BSL-1.0
// Starting and waiting for the command on Windows, in a job that ends it when we are ended.
#if defined(_WIN32)

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cwchar>
#include <system_error>

#include <fmt/format.h>

#include "child.hpp"
#include "exit_code.hpp"
#include "output.hpp"
#include "windows_text.hpp"

namespace cli {
namespace {

constexpr DWORD by_control_c = 0xC000013A;

// Of an exception that nobody caught the code is the process's: an error of the system, with Ctrl-C among
// them, or that of C++ or of .NET. Other codes, as -1, are what a program says of itself.
constexpr bool is_of_exception(DWORD code) noexcept {
  constexpr DWORD errors_of_system = 0xC;
  constexpr DWORD of_cpp = 0xE06D7363;
  constexpr DWORD of_net = 0xE0434352;
  return code >> 28 == errors_of_system || code == of_cpp || code == of_net;
}

volatile LONG interrupts = 0;

// The command has the same console and is told as well: it decides.
BOOL WINAPI on_control(DWORD event) {
  if (event != CTRL_C_EVENT && event != CTRL_BREAK_EVENT) return FALSE;
  ::InterlockedIncrement(&interrupts);
  return TRUE;
}

// Whether the system gives the file to cmd.exe, which reads the words in its own way. It adds no ending to
// a name but .exe, and takes no heed of dots and spaces behind one.
bool is_batch_file(std::wstring name) {
  name.erase(name.find_last_not_of(L" .") + 1);
  for (const wchar_t* ending : {L".bat", L".cmd"})
    if (name.size() >= 4 && ::_wcsicmp(name.c_str() + name.size() - 4, ending) == 0) return true;
  return false;
}

// In quotes cmd.exe takes all as it is but these.
bool is_read_by_cmd(const std::string& word) {
  return word.find_first_of("\"%!\r\n") != std::string::npos;
}

// So that the program reads the word as it is: backslashes before a quote, or at the end, are doubled.
std::wstring quoted(const std::string& word, bool always) {
  const std::wstring text = wide_of(word);
  if (!always && !text.empty() && text.find_first_of(L" \t\n\v\"") == std::wstring::npos)
    return text;
  std::wstring result = L"\"";
  std::size_t backslashes = 0;
  for (const wchar_t c : text) {
    if (c == L'"') result.append(backslashes + 1, L'\\');
    backslashes = c == L'\\' ? backslashes + 1 : 0;
    result += c;
  }
  return result.append(backslashes, L'\\') + L'"';
}

int errno_of_start() noexcept {
  switch (::GetLastError()) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
      return ENOENT;
    case ERROR_BAD_EXE_FORMAT:
      return ENOEXEC;
    case ERROR_FILENAME_EXCED_RANGE:
      return E2BIG;
    default:
      return EACCES;
  }
}

void limit(void* job, DWORD flags) noexcept {
  JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
  limits.BasicLimitInformation.LimitFlags = flags;
  ::SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
}

}  // namespace

child::child() : job_(::CreateJobObjectW(nullptr, nullptr)) {
  if (job_ == nullptr)
    throw std::system_error(EAGAIN, std::generic_category(), "cannot make a job for the command");
  limit(job_, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE);
  ::SetConsoleCtrlHandler(on_control, TRUE);
}

// What the command has left running lives on.
child::~child() {
  ::SetConsoleCtrlHandler(on_control, FALSE);
  limit(job_, 0);
  ::CloseHandle(job_);
}

// It does not run before it is in the job.
int child::start(const std::vector<std::string>& words) {
  const bool for_cmd = is_batch_file(wide_of(words.front()));
  std::wstring line;
  for (const std::string& each : words) line += (line.empty() ? L"" : L" ") + quoted(each, for_cmd);
  STARTUPINFOW how{};
  how.cb = sizeof how;
  PROCESS_INFORMATION made{};
  if (::CreateProcessW(nullptr, line.data(), nullptr, nullptr, TRUE, CREATE_SUSPENDED, nullptr,
                       nullptr, &how, &made) == 0)
    return errno_of_start();
  const bool in_job = ::AssignProcessToJobObject(job_, made.hProcess) != 0;
  if (in_job)
    ::ResumeThread(made.hThread);
  else
    ::TerminateProcess(made.hProcess, command_cannot_run);
  ::CloseHandle(made.hThread);
  process_ = made.hProcess;
  return in_job ? 0 : EACCES;
}

ending child::run(const std::vector<std::string>& words,
                  const std::optional<std::chrono::nanoseconds>& /*grace*/) {
  ending end;
  if (words.front().find('"') != std::string::npos) {  // no file has that in its name
    end.exec_error = ENOENT;
  } else if (const auto bad = std::find_if(words.begin(), words.end(), is_read_by_cmd);
             bad != words.end() && is_batch_file(wide_of(words.front()))) {
    end.exec_error = EINVAL;
    end.refusal = fmt::format("a batch file cannot be given {}", shown(*bad));
  } else {
    end.exec_error = start(words);
  }
  if (end.exec_error != 0) {
    end.exit_code = end.exec_error == ENOENT ? command_not_found : command_cannot_run;
    return end;
  }
  ::WaitForSingleObject(process_, INFINITE);
  DWORD code = 0;
  ::GetExitCodeProcess(process_, &code);
  ::CloseHandle(process_);
  if (!is_of_exception(code)) {
    end.exit_code = static_cast<int>(code);
    return end;
  }
  end.signal = code == by_control_c ? SIGINT : SIGSEGV;
  end.exit_code = by_signal + end.signal;
  end.asked = code == by_control_c;
  end.by_terminal = end.asked && interrupts != 0;
  return end;
}

}  // namespace cli

#endif
