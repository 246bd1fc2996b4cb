vms_add_test(test_options SOURCES test_options.c LIBS config base)
