// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replays files and folders through a fuzz target without a fuzzing engine,
 * so that every corpus is a plain test. Fails when it was given nothing.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data = NULL;
	size_t size = 0;

	if (!f) {
		perror(path);
		exit(1);
	}
	for (;;) {
		data = realloc(data, size + 65536);
		if (!data)
			exit(1);
		size_t n = fread(data + size, 1, 65536, f);

		size += n;
		if (n < 65536)
			break;
	}
	fclose(f);
	/* An exact copy: reads past the end are seen by the sanitizer. */
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		exit(1);
	memcpy(exact, data, size);
	free(data);
	LLVMFuzzerTestOneInput(exact, size);
	free(exact);
	return 1;
}

static unsigned long replay(const char *path)
{
	struct stat st;

	if (stat(path, &st)) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode))
		return replay_file(path);

	DIR *dir = opendir(path);
	struct dirent *entry;
	unsigned long count = 0;

	if (!dir) {
		perror(path);
		exit(1);
	}
	while ((entry = readdir(dir))) {
		char name[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		count += replay(name);
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	unsigned long count = 0;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	printf("%lu inputs replayed\n", count);
	return count ? 0 : 1;
}
