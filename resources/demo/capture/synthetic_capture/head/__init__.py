"""The riggable head: topology, atlas, face units, identity basis, joints, landmarks."""
