# SPDX-License-Identifier: BSL-1.0
# Install rules: library, headers, CMake package and pkg-config file, all relative to the prefix.
include(CMakePackageConfigHelpers)

set(holdfast_cmake_dir "${CMAKE_INSTALL_LIBDIR}/cmake/holdfast")

install(
  TARGETS holdfast
  EXPORT holdfast_targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  EXPORT holdfast_targets
  NAMESPACE holdfast::
  FILE holdfastTargets.cmake
  DESTINATION "${holdfast_cmake_dir}")

# Fibers, where they were built: the same.
if(TARGET holdfast_fiber)
  install(
    TARGETS holdfast_fiber
    EXPORT holdfast_fiber_targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(
    EXPORT holdfast_fiber_targets
    NAMESPACE holdfast::
    FILE holdfastFiberTargets.cmake
    DESTINATION "${holdfast_cmake_dir}")
endif()

# Locks between processes, where they were built: the same.
if(TARGET holdfast_process)
  install(
    TARGETS holdfast_process
    EXPORT holdfast_process_targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(
    EXPORT holdfast_process_targets
    NAMESPACE holdfast::
    FILE holdfastProcessTargets.cmake
    DESTINATION "${holdfast_cmake_dir}")
endif()

# The model checker, where it was built: a file of its own, which the package reads if it is there.
if(TARGET holdfast_model)
  install(
    TARGETS holdfast_model
    EXPORT holdfast_model_targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
  install(
    EXPORT holdfast_model_targets
    NAMESPACE holdfast::
    FILE holdfastModelTargets.cmake
    DESTINATION "${holdfast_cmake_dir}")
endif()

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/holdfastConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/holdfastConfig.cmake"
  INSTALL_DESTINATION "${holdfast_cmake_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/holdfastConfig.cmake"
              "${PROJECT_BINARY_DIR}/holdfastConfigVersion.cmake"
        DESTINATION "${holdfast_cmake_dir}")

# pkg-config: found through its own place, so a moved prefix still works. A static library needs
# -pthread from everybody, a shared one carries its own; so with Boost.Context for fibers, and with the
# libraries of Windows, where all is static.
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" OR IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  set(pc_prefix "${CMAKE_INSTALL_PREFIX}")
  set(pc_libdir "${CMAKE_INSTALL_FULL_LIBDIR}")
  set(pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH pc_up "/p/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/p")
  string(REGEX REPLACE "/$" "" pc_up "${pc_up}")
  set(pc_prefix "\${pcfiledir}/${pc_up}")
  set(pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(pc_cflags "-pthread")
if(HOLDFAST_PORTABLE)
  string(APPEND pc_cflags " -DHOLDFAST_PORTABLE=1")
endif()
if(BUILD_SHARED_LIBS)
  set(pc_libs "-lholdfast")
  set(pc_libs_private "-pthread")
  set(pc_fiber_libs "-lholdfast_fiber")
  set(pc_fiber_libs_private "-lboost_context")
else()
  set(pc_libs "-lholdfast -pthread")
  set(pc_libs_private "")
  set(pc_fiber_libs "-lholdfast_fiber -lboost_context")
  set(pc_fiber_libs_private "")
endif()
set(pc_process_libs "-lholdfast_process")
if(WIN32)
  string(APPEND pc_cflags " -D_GLIBCXX_USE_POSIX_SEMAPHORE=1") # as in src/CMakeLists.txt
  string(APPEND pc_libs " -lsynchronization")
  string(APPEND pc_process_libs " -lntdll")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/holdfast.pc.in" "${PROJECT_BINARY_DIR}/holdfast.pc"
               @ONLY)
install(FILES "${PROJECT_SOURCE_DIR}/tools/gdb/holdfast.py"
        DESTINATION "${CMAKE_INSTALL_DATADIR}/holdfast/gdb")
install(FILES "${PROJECT_BINARY_DIR}/holdfast.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
if(TARGET holdfast_fiber)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/holdfast-fiber.pc.in"
                 "${PROJECT_BINARY_DIR}/holdfast-fiber.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/holdfast-fiber.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
if(TARGET holdfast_process)
  configure_file("${PROJECT_SOURCE_DIR}/cmake/holdfast-process.pc.in"
                 "${PROJECT_BINARY_DIR}/holdfast-process.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/holdfast-process.pc"
          DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
