"""Films from plain data: one job, queues of them, batches on many processes or machines."""
