DROP POLICY sealed ON journal;
DROP FUNCTION sealed_from_caller;
DROP TABLE adoption_link_children;
DROP TABLE adoption_links;
