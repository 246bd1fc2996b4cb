vms_add_test(test_error SOURCES test_error.c LIBS base)
vms_add_test(test_log SOURCES test_log.c LIBS base)
vms_add_test(test_pageset SOURCES test_pageset.c pageset_flags.c
	LIBS pages base)
vms_add_test(test_pageset_spill
	SOURCES test_pageset_spill.c pageset_flags.c ../support/fake_scratch.c
	LIBS pages base LINK Threads::Threads)
vms_add_test(test_pageset_memory
	SOURCES test_pageset_memory.c pageset_flags.c ../support/fake_scratch.c
	LIBS pages base
	LINK -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc)
vms_add_test(test_plan SOURCES test_plan.c LIBS pages base)
