# SPDX-License-Identifier: BSL-1.0
# cmake -D SOURCE=DIR -D PAGE=FILE.cpp -D MADE=FILE -P make_page.cmake: bundles the page in a copy of SOURCE beside PAGE,
# as C++; a source without a page if that cannot be done.
get_filename_component(folder "${PAGE}" DIRECTORY)
file(COPY "${SOURCE}/" DESTINATION "${folder}" PATTERN node_modules EXCLUDE PATTERN "*.cmake" EXCLUDE)

# run(MESSAGE COMMAND...): sets `failed` to the message and what the command said.
function(run message)
  execute_process(
    COMMAND ${ARGN}
    WORKING_DIRECTORY "${folder}"
    RESULT_VARIABLE code
    OUTPUT_VARIABLE said
    ERROR_VARIABLE said
    TIMEOUT 300)
  if(NOT code EQUAL 0)
    set(failed "${message}\n${said}" PARENT_SCOPE)
  endif()
endfunction()

find_program(npm npm)
set(failed "")
if(NOT npm)
  set(failed "npm was not found")
elseif("${folder}/package-lock.json" IS_NEWER_THAN "${folder}/node_modules/.package-lock.json")
  run("npm ci failed; is its registry within reach?" "${npm}" ci --ignore-scripts --no-audit --no-fund --prefer-offline
      --fetch-retries=1 --fetch-retry-mintimeout=1000 --fetch-timeout=20000)
endif()
if(NOT failed)
  run("the page could not be bundled" "${npm}" run --silent build)
endif()

if(failed)
  message("holdfast-bench is built without the page of its report: ${failed}\n"
          "To have it: install nodejs and npm (tools/deps.sh bench), with the registry of npm in reach, and build again.")
  file(WRITE "${folder}/new.cpp" "#include \"report.hpp\"\nstd::string_view bench::page_template() noexcept { return {}; }\n")
  file(REMOVE "${MADE}")
else()
  file(READ "${folder}/page.html" bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  file(WRITE "${folder}/new.cpp"
       "#include \"report.hpp\"\n"
       "static const unsigned char page[] = {\n${bytes}\n};\n"
       "std::string_view bench::page_template() noexcept {\n"
       "  return {reinterpret_cast<const char*>(page), sizeof(page)};\n}\n")
  file(TOUCH "${MADE}")
endif()
file(COPY_FILE "${folder}/new.cpp" "${PAGE}" ONLY_IF_DIFFERENT)
