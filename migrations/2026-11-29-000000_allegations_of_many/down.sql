DROP FUNCTION under_allegation;
