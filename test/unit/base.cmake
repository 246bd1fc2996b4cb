vms_add_test(test_error SOURCES test_error.c LIBS base)
vms_add_test(test_log SOURCES test_log.c LIBS base)
vms_add_test(test_pageset SOURCES test_pageset.c LIBS pages base)
vms_add_test(test_plan SOURCES test_plan.c LIBS pages base)
