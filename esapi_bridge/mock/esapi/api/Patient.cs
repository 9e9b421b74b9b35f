// Rows in comments are those of the table of traps in docs/reference/mock-esapi.md.
using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;

namespace VMS.TPS.Common.Model.API
{
    /// <summary>A patient.</summary>
    public partial class Patient : ApiDataObject
    {
        internal Patient(PatientState state) : base(state, state)
        {
        }

        internal override string IdText { get { return Patients.Id; } }

        internal override string NameText { get { return Patients.LastName + ", " + Patients.FirstName; } }

        /// <summary>Second identifier.</summary>
        public string Id2 { get { Reading(); return ""; } }

        /// <summary>Last name.</summary>
        public string LastName { get { Reading(); return Patients.LastName; } }

        /// <summary>First name.</summary>
        public string FirstName { get { Reading(); return Patients.FirstName; } }

        /// <summary>Middle name.</summary>
        public string MiddleName { get { Reading(); return ""; } }

        /// <summary>Whether anything was changed since the patient was opened or saved.</summary>
        public bool HasModifiedData { get { Reading(); return Patients.Session.HasChanges; } }

        /// <summary>Courses.</summary>
        public IEnumerable<Course> Courses
        {
            get { Reading(); return Patients.Courses.Select(c => new Course(Patients, c)); }
        }

        /// <summary>Structure sets.</summary>
        public IEnumerable<StructureSet> StructureSets
        {
            get { Reading(); return Patients.StructureSets.Select(s => new StructureSet(Patients, s)); }
        }

        /// <summary>Allows changes by this script; must precede the first one (rows 1, 2).</summary>
        public void BeginModifications()
        {
            Reading();
            Patients.Session.Guard.RequireWritableScript();
            Patients.ModificationsBegun = true;
        }

        /// <summary>Whether <see cref="BeginModifications"/> would be allowed.</summary>
        public bool CanModifyData()
        {
            Reading();
            try
            {
                Patients.Session.Guard.RequireWritableScript();
                return true;
            }
            catch (ApplicationException)
            {
                return false;
            }
        }

        /// <summary>Whether a course may be added.</summary>
        public bool CanAddCourse()
        {
            Reading();
            return Patients.ModificationsBegun;
        }

        /// <summary>Adds a course with an identifier of its own.</summary>
        public Course AddCourse()
        {
            Writing();
            CourseState course = new CourseState();
            course.Id = IdRules.Fresh("C", Patients.Courses.Select(c => c.Id));
            course.Created = DateTime.Now;
            course.Started = course.Created;
            Patients.Courses.Add(course);
            Patients.Changed = true;
            return new Course(Patients, course);
        }

        /// <summary>Whether a course may be removed: not while it holds an approved plan or one of another's sum (assumed).</summary>
        public bool CanRemoveCourse(Course course)
        {
            Reading();
            return course != null && Patients.Courses.Contains((CourseState)course.State)
                && ((CourseState)course.State).Plans.All(
                    p => !Course.IsLocked(p) && !Course.IsSummed(Patients, p, (CourseState)course.State));
        }

        /// <summary>Removes a course and its plans.</summary>
        public void RemoveCourse(Course course)
        {
            Writing();
            if (!CanRemoveCourse(course))
            {
                throw new RefusedException("the course cannot be removed: expected one of this patient without approved plans");
            }
            CourseState state = (CourseState)course.State;
            foreach (ObjectState item in state.Plans.Concat<ObjectState>(state.Sums))
            {
                item.Removed = true;
            }
            state.Removed = true;
            Patients.Courses.Remove(state);
            Patients.Changed = true;
        }
    }
}
