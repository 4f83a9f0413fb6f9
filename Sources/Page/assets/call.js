// The call page.
