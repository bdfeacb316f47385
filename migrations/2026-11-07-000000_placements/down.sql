DROP TABLE missing_episodes;
DROP TABLE temporary_absences;
ALTER TABLE care_periods DROP CONSTRAINT pl_04_last_placement_ends_with_the_period;
DROP TABLE placements;
DROP TABLE care_periods;
