using System;
using VMS.TPS.Common.Model.API;

namespace EsapiBridge.Scripts
{
    /// <summary>Names and ids of what is open in Eclipse, so that the log holds none of them.</summary>
    public static class OpenIdentities
    {
        /// <summary>Tells them; what cannot be read is missing, but no error.</summary>
        public static void Tell(ScriptContext context, Identities identities)
        {
            try
            {
                if (context.CurrentUser != null)
                {
                    identities.KnowNames(context.CurrentUser.Id, context.CurrentUser.Name);
                }
                if (context.Patient != null)
                {
                    Tell(context.Patient, identities);
                }
            }
            catch (Exception)
            {
                // The script itself will meet it, and says so.
            }
        }

        private static void Tell(Patient patient, Identities identities)
        {
            identities.KnowNames(
                patient.Id, patient.Id2, patient.Name, patient.FirstName, patient.MiddleName, patient.LastName);
            foreach (StructureSet structures in patient.StructureSets)
            {
                identities.KnowIds(structures.Id, structures.Image == null ? null : structures.Image.Id);
            }
            foreach (Course course in patient.Courses)
            {
                identities.KnowIds(course.Id);
                foreach (PlanSetup plan in course.PlanSetups)
                {
                    identities.KnowIds(plan.Id, plan.Name);
                }
            }
        }
    }
}
