DROP TABLE parameter_versions;
DROP TABLE parameters;
DROP TABLE code_list_entries;
DROP TABLE code_lists;
DROP TABLE organisations;
DROP TABLE area_populations;
DROP TABLE areas;
