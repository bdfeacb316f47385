SELECT no_child_record('contact_event'), no_child_record('contact_restriction'), no_child_record('contact_plan');
DROP TABLE contact_events;
DROP TABLE contact_restrictions;
DROP TABLE contact_plans;
