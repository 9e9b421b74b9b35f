using System;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using System.Windows;
using System.Windows.Controls;
using VMS.TPS.Common.Model.API;

namespace VMS.TPS
{
    /// <summary>A script as others write them: internal, with a window, asking and failing as FOREIGN says.</summary>
    class Script
    {
        public void Execute(ScriptContext context, Window window, ScriptEnvironment environment)
        {
            string wanted = Environment.GetEnvironmentVariable("FOREIGN");
            Console.WriteLine("planned for " + context.PlanSetup.Id);
            if (wanted == "fail")
            {
                typeof(Script).GetMethod("Fail").Invoke(this, null);
            }
            if (wanted == "tasks")
            {
                Task.WaitAll(Task.Run(() => Fail()));
            }
            if (wanted == "forms")
            {
                Console.WriteLine(System.Windows.Forms.MessageBox.Show("Is it so?", "Form", System.Windows.Forms.MessageBoxButtons.YesNo));
            }
            MessageBox.Show("Beams: " + context.PlanSetup.Beams.Count(), "Check");
            StackPanel panel = new StackPanel();
            panel.Children.Add(new TextBlock { Text = "Colour " + context.StructureSet.Structures.First().Color });
            window.Title = "Foreign";
            window.Content = panel;
            string other = Environment.GetEnvironmentVariable("OTHER");
            if (other != null)
            {
                environment.ExecuteScript(Assembly.LoadFrom(other), context, window);
            }
        }

        public void Fail()
        {
            throw new InvalidOperationException("no such field", new FileNotFoundException("no file"));
        }
    }
}
