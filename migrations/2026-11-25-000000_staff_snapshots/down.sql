DROP TABLE facility_staff_snapshots;
