using System;
using System.Collections.Generic;
using System.Linq;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>
    /// The course that receives new plans, and a memory of what was added to it, so that whatever fails half-way takes
    /// everything back. Plans that were there before are never touched.
    /// </summary>
    public sealed class ResearchCourse
    {
        /// <summary>Longest plan id.</summary>
        public const int LongestPlanId = 13;

        private readonly Patient _patient;
        private readonly Course _course;
        private readonly bool _isNew;
        private readonly Progress _progress;
        private readonly HashSet<string> _pointsBefore;
        private readonly List<PlanSetup> _added = new List<PlanSetup>();

        private ResearchCourse(Patient patient, Course course, bool isNew, Progress progress)
        {
            _progress = progress;
            _pointsBefore = new HashSet<string>(ReferencePoints.Of(patient));
            _patient = patient;
            _course = course;
            _isNew = isNew;
        }

        /// <summary>Its id.</summary>
        public string Id
        {
            get { return _course.Id; }
        }

        /// <summary>Asks Eclipse to let this script write: at once, not after minutes of calculation.</summary>
        /// <exception cref="RefusedException">It does not: licence or approval is missing.</exception>
        public static void BeginModifications(Patient patient)
        {
            try
            {
                patient.BeginModifications();
            }
            catch (Exception error)
            {
                // What Eclipse throws is not documented.
                throw new RefusedException("Eclipse must let this script write, it does not: see docs/how-to/eclipse.md "
                    + "on research mode, licence and approval", error);
            }
        }

        /// <summary>Finds the course, or adds it. The patient's modifications have begun.</summary>
        /// <param name="patient">The patient.</param>
        /// <param name="id">Id of the course.</param>
        /// <param name="progress">Is noted what cannot be taken back.</param>
        public static ResearchCourse Open(Patient patient, string id, Progress progress)
        {
            Course found = patient.Courses.FirstOrDefault(course => course.Id == id);
            if (found != null)
            {
                return new ResearchCourse(patient, found, false, progress);
            }
            ResearchCourse opened = new ResearchCourse(patient, patient.AddCourse(), true, progress);
            try
            {
                opened._course.Id = id;
            }
            catch
            {
                opened.Undo();
                throw;
            }
            return opened;
        }

        /// <summary>Adds a plan without beams on the structure set of another plan.</summary>
        public ExternalPlanSetup AddEmptyPlan(ExternalPlanSetup source, string prefix)
        {
            return AddEmptyPlan(source.StructureSet, plan => prefix + source.Id);
        }

        /// <summary>Adds a copy of a plan.</summary>
        public ExternalPlanSetup AddCopy(ExternalPlanSetup source, string prefix)
        {
            return AddCopy(source, plan => prefix + source.Id);
        }

        /// <summary>Adds a plan without beams on a structure set.</summary>
        /// <param name="structures">The structure set.</param>
        /// <param name="id">The id of the plan that was added.</param>
        public ExternalPlanSetup AddEmptyPlan(StructureSet structures, Func<PlanSetup, string> id)
        {
            return Name(_course.AddExternalPlanSetup(structures), id);
        }

        /// <summary>Adds a copy of a plan.</summary>
        /// <param name="source">The plan.</param>
        /// <param name="id">The id of the plan that was added.</param>
        public ExternalPlanSetup AddCopy(ExternalPlanSetup source, Func<PlanSetup, string> id)
        {
            return Name((ExternalPlanSetup)_course.CopyPlanSetup(source), id);
        }

        /// <summary>Removes a plan that was added here.</summary>
        public void Remove(PlanSetup plan)
        {
            _course.RemovePlanSetup(plan);
            _added.RemoveAll(other => other == plan);
        }

        /// <summary>
        /// Removes everything that was added. What cannot be removed is noted, not thrown: why there is something to undo
        /// matters more.
        /// </summary>
        public void Undo()
        {
            try
            {
                foreach (PlanSetup plan in _added.ToList())
                {
                    Remove(plan);
                }
                if (_isNew)
                {
                    _patient.RemoveCourse(_course);
                }
            }
            catch (Exception error)
            {
                _progress.Note(new BridgeException("what the script had added could not be removed: close the patient without saving", error));
            }
            NotePointsLeft();
        }

        /// <summary>
        /// Says which reference points are there that were not: Eclipse makes them with plans, and ESAPI has no member that
        /// takes one from a patient (from 16.1 on one from a plan).
        /// </summary>
        private void NotePointsLeft()
        {
            List<string> left = ReferencePoints.Of(_patient).Where(id => !_pointsBefore.Contains(id)).ToList();
            if (left.Count > 0)
            {
                _progress.Note(new BridgeException("Eclipse made reference points with the plans that were removed ("
                    + string.Join(", ", left) + "), which no script can remove: close the patient without saving, or delete them by hand"));
            }
        }

        /// <summary>An id of at most 13 characters that no plan of the course has: the wanted one, or with a number at its end.</summary>
        public static string FreeId(string wanted, ICollection<string> taken)
        {
            string id = Shortened(wanted, LongestPlanId);
            for (int number = 2; taken.Contains(id, StringComparer.OrdinalIgnoreCase); number++)
            {
                string end = "_" + number;
                id = Shortened(wanted, LongestPlanId - end.Length) + end;
            }
            return id;
        }

        private static string Shortened(string text, int length)
        {
            return text.Length <= length ? text : text.Substring(0, length);
        }

        private ExternalPlanSetup Name(ExternalPlanSetup plan, Func<PlanSetup, string> wanted)
        {
            _added.Add(plan);
            List<string> taken = _course.PlanSetups.Where(other => other != plan).Select(other => other.Id).ToList();
            plan.Id = FreeId(wanted(plan), taken);
            return plan;
        }
    }
}
