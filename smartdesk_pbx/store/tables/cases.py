"""What people say of cases afterwards: marks, complaints, dossiers."""
