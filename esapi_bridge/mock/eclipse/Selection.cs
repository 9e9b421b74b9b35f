using System;
using System.Collections.Generic;
using System.Linq;
using EsapiBridge.Mock;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.MockEclipse
{
    /// <summary>What is open when a script starts: ids, null where nothing is.</summary>
    public sealed class Selection
    {
        /// <summary>Makes a selection.</summary>
        public Selection(string patient, string course, string plan)
        {
            Patient = patient;
            Course = course;
            Plan = plan;
        }

        /// <summary>Id of the open patient.</summary>
        public string Patient { get; private set; }

        /// <summary>Id of the open course.</summary>
        public string Course { get; private set; }

        /// <summary>Id of the open plan.</summary>
        public string Plan { get; private set; }

        /// <summary>Finds and opens what the command line names; a plan's patient and course may be left out.</summary>
        /// <exception cref="UsageException">There is no such thing, or more than one.</exception>
        public static Selection Open(MockSession session, Options options)
        {
            if (options.Patient == null && options.Course == null && options.Plan == null)
            {
                return new Selection(null, null, null);
            }
            List<Selection> found = new List<Selection>();
            foreach (string id in session.PatientIds.Where(p => options.Patient == null || p == options.Patient).ToList())
            {
                found.AddRange(InPatient(session.OpenPatient(id), options));
                session.ClosePatient();
            }
            if (found.Count != 1)
            {
                throw new UsageException(
                    "expected one " + (options.Plan != null ? "plan" : options.Course != null ? "course" : "patient")
                    + " of the ids given, found " + found.Count + "; give --patient, --course and --plan");
            }
            session.OpenPatient(found[0].Patient);
            return found[0];
        }

        private static IEnumerable<Selection> InPatient(Patient patient, Options options)
        {
            if (options.Course == null && options.Plan == null)
            {
                return new[] { new Selection(patient.Id, null, null) };
            }
            IEnumerable<Course> courses = patient.Courses.Where(c => options.Course == null || c.Id == options.Course);
            if (options.Plan == null)
            {
                return courses.Select(c => new Selection(patient.Id, c.Id, null)).ToList();
            }
            return courses
                .SelectMany(c => c.PlanSetups.Where(p => p.Id == options.Plan)
                    .Select(p => new Selection(patient.Id, c.Id, p.Id)))
                .ToList();
        }
    }
}
