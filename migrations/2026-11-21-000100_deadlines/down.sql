DROP TABLE deadline_sweeps, deadlines;
